import CPrimer

// Priming is experimental: it may change or go with any minor version. A program says that it knows by importing it
// with `@_spi(Experimental) import Primer`.

extension Model {
    /// Primes this model on tasks: meta-learning that prepares it for adaptation by one method, and the method's starting
    /// point with it.
    ///
    /// It runs on threads of its own; no thread of Swift's is kept waiting. Cancelling the task stops the run within one
    /// micro-batch, and so does an error that `progress` throws.
    ///
    /// - Parameters:
    ///   - tasks: The tasks to prime on, at least one, no two of one name.
    ///   - dev: Tasks whose F1 is told along the way.
    ///   - initial: An adapter of the same method to start from.
    ///   - options: How to prime.
    ///   - checkpoint: The path of a file that keeps the state: where it exists and belongs to the same run, priming goes
    ///     on from it and ends with the very same numbers. It stays after the run: remove it when what came out is saved.
    ///   - log: The path of a file that gets one JSON object a line for every update.
    ///   - progress: Is called after every update, on the run's own thread.
    /// - Returns: The primed backbone, in memory.
    /// - Throws: `CancellationError`, what `progress` throws, or ``PrimerError`` with ``Status/data``, naming the task, for
    ///   one with fewer sentences than an episode takes, without entities, or with a type that the options lack;
    ///   ``Status/mismatch`` for an initial adapter of another method or model, or another run's checkpoint;
    ///   ``Status/nonFinite`` where training diverges; ``Status/io`` for checkpoint and log; ``Status/invalidArgument``.
    ///   The checkpoint is then the last that was written, and that of the very update after which `progress` threw.
    @_spi(Experimental)
    public func prime(
        tasks: [PrimeTask], dev: [PrimeTask] = [], initial: Adapter? = nil, options: PrimeOptions = PrimeOptions(),
        checkpoint: String? = nil, log: String? = nil, progress: (@Sendable (PrimeProgress) throws -> Void)? = nil
    ) async throws -> Primed {
        try await inBackground { token in
            let report = Report<PrimeProgress> { try progress?($0) }
            let primed = try report.during { user in
                try PrimerError.handle { out, error in
                    try checkpoint.withCString(argument: "checkpoint") { checkpoint in
                        try log.withCString(argument: "log") { log in
                            try options.withC { options in
                                PrimeTask.withC(tasks) { tasks, taskCount in
                                    PrimeTask.withC(dev) { dev, devCount in
                                        withExtendedLifetime((self, initial, token)) {
                                            primer_prime(
                                                self.handle, tasks, taskCount, dev, devCount, initial?.handle, options,
                                                checkpoint, log,
                                                { Report<PrimeProgress>.from($1)(PrimeProgress($0!.pointee)) },
                                                user, token.handle, out, error)
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            return Primed(owning: primed)
        }
    }
}

/// A named data set to prime on, one a language or a domain.
@_spi(Experimental)
public struct PrimeTask: Sendable {
    /// A name for the log, the report and errors.
    public let name: String
    /// The labelled sentences.
    public let data: Dataset

    /// A task.
    public init(name: String, data: Dataset) {
        self.name = name
        self.data = data
    }

    /// Lends tasks.
    static func withC<R>(_ tasks: [PrimeTask], _ body: (UnsafePointer<primer_task>?, Int) throws -> R) rethrows -> R {
        try withPrimerStrs(tasks.map(\.name)) { names in
            let lent = tasks.enumerated().map { primer_task(name: names[$0], data: $1.data.handle) }
            return try withExtendedLifetime(tasks) { try body(lent, lent.count) }
        }
    }
}

/// The state of a priming run.
@_spi(Experimental)
public struct PrimeProgress: Hashable, Sendable {
    /// ``Stage/encode`` before the first update, ``Stage/step`` after every one.
    public let stage: Stage
    /// Updates made, those of a checkpoint included.
    public let step: Int
    /// Updates in all.
    public let steps: Int
    /// Mean support loss of the update's episodes, before the first inner step; for multi-task training the one loss.
    public let supportLoss: Double
    /// Mean query loss of the update's episodes; for multi-task training the one loss again; nil for Reptile, which has
    /// none.
    public let queryLoss: Double?
    /// Norm of the update's gradient before clipping.
    public let gradientNorm: Double
    /// The dev tasks' mean F1 at the last look, in 0 to 1; nil where there is none yet.
    public let devF1: Double?
    /// Seconds since the start, those of a checkpoint included.
    public let seconds: Double
    /// Estimate of the seconds left.
    public let secondsLeft: Double
    /// How many sentences of a task are encoded; later, updates made.
    public let done: Int
    /// Of how many.
    public let total: Int

    init(_ progress: primer_prime_progress) {
        stage = Stage(rawValue: progress.stage)
        step = Int(clamping: progress.step)
        steps = Int(clamping: progress.steps)
        supportLoss = progress.support_loss
        queryLoss = progress.query_loss < 0 ? nil : progress.query_loss
        gradientNorm = progress.gradient_norm
        devF1 = progress.dev_f1 < 0 ? nil : progress.dev_f1
        seconds = progress.seconds
        secondsLeft = progress.seconds_left
        // An older library has a shorter struct.
        let isKnown = progress.struct_size >= MemoryLayout<primer_prime_progress>.size
        done = isKnown ? Int(clamping: progress.done) : 0
        total = isKnown ? Int(clamping: progress.total) : 0
    }
}

/// A primed backbone in memory, with the starting point of its method.
///
/// It is immutable and may be used from any number of tasks and threads at once, but for two saves to one path.
@_spi(Experimental)
public final class Primed: @unchecked Sendable {
    // The handle never changes, and the C interface allows concurrent calls with a const primer_primed.
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { primer_primed_free(handle) }

    private func withHandle<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }

    /// Writes the primed backbone to one GGUF file, with tokenizer and card, and the method's starting point to another.
    ///
    /// The adapter belongs to the backbone as it was written: after another save with another storage it needs to be
    /// written anew.
    ///
    /// - Parameters:
    ///   - path: The path of the backbone.
    ///   - embedding: How the word embedding is stored.
    ///   - encoder: How the layers' matrices are stored.
    ///   - adapter: The path of the starting point; nil writes none.
    /// - Throws: ``PrimerError`` with ``Status/io``, also for a full disk; ``Status/invalidArgument``, also for a storage
    ///   that the model's widths do not allow. What was at `path` before is then untouched; where it was the adapter that
    ///   could not be written, the backbone is at `path`.
    public func save(
        path: String, embedding: Storage, encoder: Storage, adapter: String? = nil
    ) throws {
        try path.withCString(argument: "path") { path in
            try adapter.withCString(argument: "adapter") { adapter in
                try PrimerError.check { error in
                    withHandle {
                        primer_primed_save_model($0, path, embedding.rawValue, encoder.rawValue, adapter, error)
                    }
                }
            }
        }
    }

    /// The method's starting point with the head, bound to `model`, which is what ``save(path:embedding:encoder:adapter:)``
    /// wrote and ``Model`` has loaded. It tags the primed entity types as it is, and adaptation starts from it.
    ///
    /// - Throws: ``PrimerError`` with ``Status/mismatch`` for a model of another shape.
    public func adapter(for model: Model) throws -> Adapter {
        Adapter(
            owning: try PrimerError.handle { out, error in
                withHandle { primed in model.withHandle { primer_primed_adapter(primed, $0, out, error) } }
            })
    }

    /// The record of the run, a JSON object: options, types, tasks, steps, seconds, ranks, threads, device where that was
    /// not the processor, peak_memory, compute, word_rows, and dev_f1, the F1 of every dev task at the end without any
    /// adaptation.
    ///
    /// - Throws: ``PrimerError``.
    public func report() throws -> String {
        String(taking: try PrimerError.handle { out, error in withHandle { primer_primed_report($0, out, error) } })
    }
}
