import CPrimer

extension Model {
    /// Trains an adapter on labelled sentences.
    ///
    /// The training runs on threads of its own; no thread of Swift's is kept waiting. Everything given is immutable and
    /// may be used meanwhile, also by other runs.
    ///
    /// Cancelling the task stops the run within one micro-batch, that is some ten to a few hundred milliseconds. So does
    /// an error that `progress` throws.
    ///
    /// - Parameters:
    ///   - train: What to learn. Without it the types of `options` are found by their names alone, on a model that carries
    ///     a start which reads names.
    ///   - dev: Where given, the epoch with the best F1 on it is kept, the start included.
    ///   - initial: An adapter of the same method to start from: its parameters, and the head's rows of the types that
    ///     it knows. ``AdaptMethod/initial`` takes method and settings from it, too.
    ///   - options: How to train.
    ///   - checkpoint: The path of a file that keeps the state after every epoch: where it exists and belongs to the
    ///     same run, training goes on from it; it is removed at the end. Runs at the same time must not share one.
    ///   - progress: Is called after every update and every evaluation, on the run's own thread.
    /// - Returns: The adapter.
    /// - Throws: `CancellationError`, what `progress` throws, or ``PrimerError`` with ``Status/data`` for data without an
    ///   entity, ``Status/mismatch`` for entity types that were not asked for, an initial adapter of another method or
    ///   model, or another run's checkpoint; ``Status/nonFinite`` where training diverges; ``Status/io`` for the
    ///   checkpoint; ``Status/invalidArgument``. The checkpoint is then that of the last whole epoch.
    public func adapt(
        train: Dataset? = nil, dev: Dataset? = nil, initial: Adapter? = nil, options: AdaptOptions = AdaptOptions(),
        checkpoint: String? = nil, progress: (@Sendable (AdaptProgress) throws -> Void)? = nil
    ) async throws -> Adapter {
        try await inBackground { token in
            let report = Report<AdaptProgress> { try progress?($0) }
            let adapter = try report.during { user in
                try PrimerError.handle { out, error in
                    try checkpoint.withCString(argument: "checkpoint") { checkpoint in
                        try options.withC { options in
                            withExtendedLifetime((self, train, dev, initial, token)) {
                                primer_adapt(
                                    self.handle, train?.handle, dev?.handle, initial?.handle, options, checkpoint,
                                    { Report<AdaptProgress>.from($1)(AdaptProgress($0!.pointee)) },
                                    user, token.handle, out, error)
                            }
                        }
                    }
                }
            }
            return Adapter(owning: adapter)
        }
    }
}

/// The state of a training run.
public struct AdaptProgress: Hashable, Sendable {
    /// What has just happened.
    public let stage: Stage
    /// The current epoch, from 1; 0 before training.
    public let epoch: Int
    /// Epochs in all, if training does not stop early.
    public let epochs: Int
    /// Updates made.
    public let step: Int
    /// Updates in all, if training does not stop early.
    public let steps: Int
    /// Loss of the last update; at the end of an epoch the mean over its updates.
    public let loss: Double
    /// Norm of the last update's gradient before clipping.
    public let gradientNorm: Double
    /// The last F1 on the dev data, in 0 to 1; nil where there is none yet.
    public let devF1: Double?
    /// The best F1 on the dev data so far; nil where there is none yet.
    public let bestF1: Double?
    /// Seconds since the start.
    public let seconds: Double
    /// Estimate of the seconds left.
    public let secondsLeft: Double
    /// How much of a stage before training is done: sentences or windows. In training, updates made.
    public let done: Int
    /// Of how much.
    public let total: Int

    init(_ progress: primer_progress) {
        stage = Stage(rawValue: progress.stage)
        epoch = Int(clamping: progress.epoch)
        epochs = Int(clamping: progress.epochs)
        step = Int(clamping: progress.step)
        steps = Int(clamping: progress.steps)
        loss = progress.loss
        gradientNorm = progress.gradient_norm
        devF1 = progress.dev_f1 < 0 ? nil : progress.dev_f1
        bestF1 = progress.best_f1 < 0 ? nil : progress.best_f1
        seconds = progress.seconds
        secondsLeft = progress.seconds_left
        // An older library has a shorter struct.
        let isKnown = progress.struct_size >= MemoryLayout<primer_progress>.size
        done = isKnown ? Int(clamping: progress.done) : 0
        total = isKnown ? Int(clamping: progress.total) : 0
    }
}
