import Testing

import Primer

@Suite struct AdaptationRunTests {
    @Test func progressThenTheAdapter() async throws {
        let run = Fixture.model.adaptation(train: Fixture.people, options: Fixture.quick)
        var stages: [Stage] = []
        for try await progress in run { stages.append(progress.stage) }
        #expect(stages.contains(.step))
        #expect(stages.last == .epoch)
        #expect(try await run.value.types == ["PER"])
        // It may be asked for again.
        #expect(try await run.value.types == ["PER"])
    }

    /// The sequence need not be read.
    @Test func theAdapterAlone() async throws {
        let adapter = try await Fixture.model.adaptation(train: Fixture.people, options: Fixture.quick).value
        #expect(adapter.types == ["PER"])
    }

    /// The iterator keeps a run that nobody else holds.
    @Test func progressAlone() async throws {
        var steps = 0
        for try await progress in Fixture.model.adaptation(train: Fixture.people, options: Fixture.quick) {
            if progress.stage == .step { steps += 1 }
        }
        #expect(steps > 0)
    }

    @Test func leavingTheLoopDoesNotStopTheRun() async throws {
        let run = Fixture.model.adaptation(train: Fixture.people, options: Fixture.quick)
        for try await _ in run { break }
        #expect(try await run.value.types == ["PER"])
    }

    @Test func failuresEndTheSequence() async throws {
        let empty = try Dataset(bytes: "It O\nrains O\n".utf8)
        let run = Fixture.model.adaptation(train: empty)
        let inLoop = try await primerError { for try await _ in run {} }
        #expect(inLoop.status == .data)
        let atEnd = try await primerError { _ = try await run.value }
        #expect(atEnd == inLoop)
    }

    @Test func cancelling() async throws {
        let run = Fixture.model.adaptation(train: Fixture.people, options: Fixture.endless)
        await #expect(throws: CancellationError.self) {
            for try await progress in run where progress.step == 2 { run.cancel() }
        }
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    @Test func cancellingTheTaskThatReads() async throws {
        let run = Fixture.model.adaptation(train: Fixture.people, options: Fixture.endless)
        let reader = Task {
            for try await progress in run where progress.step == 2 { withUnsafeCurrentTask { $0!.cancel() } }
        }
        _ = await reader.result
        await #expect(throws: CancellationError.self) { try await run.value }
    }

    @Test func cancellingTheTaskThatWaits() async throws {
        let run = Fixture.model.adaptation(train: Fixture.people, options: Fixture.endless)
        let waiter = Task { try await run.value }
        for try await _ in run { break }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }

    /// A run that is let go of stops: what it holds becomes free.
    @Test func lettingGo() async throws {
        weak var train: Dataset?
        do {
            let data = try Dataset(bytes: "Ada B-PER\nsmiles O\n".utf8)
            train = data
            let run = Fixture.model.adaptation(train: data, options: Fixture.endless)
            for try await _ in run { break }
        }
        // The run ends within a micro-batch, or this test does not end.
        while train != nil { try await Task.sleep(for: .milliseconds(10)) }
    }
}
