extension Model {
    /// Begins to train an adapter and gives its progress as an asynchronous sequence.
    ///
    /// ```swift
    /// let run = model.adaptation(train: train, options: options)
    /// for try await progress in run {
    ///     print("\(progress.step) of \(progress.steps)")
    /// }
    /// let adapter = try await run.value
    /// ```
    ///
    /// Parameters are those of ``adapt(train:dev:initial:options:checkpoint:progress:)``, which is all that is needed
    /// where progress goes to a closure or nowhere.
    ///
    /// - Returns: The run, which has begun.
    public func adaptation(
        train: Dataset, dev: Dataset? = nil, initial: Adapter? = nil, options: AdaptOptions = AdaptOptions(),
        checkpoint: String? = nil
    ) -> AdaptationRun {
        AdaptationRun { report in
            try await self.adapt(
                train: train, dev: dev, initial: initial, options: options, checkpoint: checkpoint, progress: report)
        }
    }
}

/// A training run: the sequence of its progress, and the adapter at the end.
///
/// The sequence ends with the run and throws what the run throws. It is for one reader, and may be left early or not be
/// read at all: the run goes on, and where the reader is slow the oldest of more than a thousand waiting reports are
/// dropped.
///
/// A run is stopped by ``cancel()``, by cancelling a task that reads the sequence or waits for ``value``, and by
/// letting go of the run before its end.
public final class AdaptationRun: AsyncSequence, Sendable {
    /// What the sequence gives.
    public typealias Element = AdaptProgress

    private let reports: AsyncThrowingStream<AdaptProgress, any Error>
    private let task: Task<Adapter, any Error>

    init(_ body: @escaping @Sendable (_ report: @escaping @Sendable (AdaptProgress) -> Void) async throws -> Adapter) {
        let (reports, continuation) = AsyncThrowingStream<AdaptProgress, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(1024))
        let task = Task.detached {
            do {
                let adapter = try await body { continuation.yield($0) }
                continuation.finish()
                return adapter
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        continuation.onTermination = { reason in
            if case .cancelled = reason { task.cancel() }
        }
        self.reports = reports
        self.task = task
    }

    deinit { task.cancel() }

    /// The adapter, when the run has ended.
    ///
    /// - Throws: As ``Model/adapt(train:dev:initial:options:checkpoint:progress:)``.
    public var value: Adapter {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Asks the run to stop. ``value`` then throws `CancellationError`, unless the run has just ended.
    public func cancel() { task.cancel() }

    /// Reads the progress.
    public struct AsyncIterator: AsyncIteratorProtocol {
        // It keeps the run, so that `for try await progress in model.adaptation(…)` does not stop what it reads.
        let run: AdaptationRun
        var reports: AsyncThrowingStream<AdaptProgress, any Error>.Iterator

        /// The next report; nil when the run has ended.
        public mutating func next() async throws -> AdaptProgress? { try await reports.next() }
    }

    /// Reads the progress.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(run: self, reports: reports.makeAsyncIterator())
    }
}
