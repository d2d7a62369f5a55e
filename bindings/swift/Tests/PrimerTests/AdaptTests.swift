import Foundation
import Testing

import Primer

struct Stopped: Error, Equatable {}

@Suite struct AdaptTests {
    @Test func progressOfARun() async throws {
        let reports = Box<[AdaptProgress]>([])
        let adapter = try await Fixture.model.adapt(
            train: Fixture.people, dev: Fixture.people, options: Fixture.quick
        ) { progress in reports.update { $0.append(progress) } }
        #expect(adapter.types == ["PER"])
        #expect(adapter.tags == ["O", "B-PER", "I-PER"])

        let all = reports.value
        #expect(all.first?.stage == .start)
        #expect(all.first?.devF1 != nil)
        let steps = all.filter { $0.stage == .step }
        #expect(steps.map(\.step) == Array(1...steps.count))
        #expect(steps.allSatisfy { $0.steps == steps.count && $0.epochs == 2 && $0.loss > 0 && $0.gradientNorm > 0 })
        #expect(all.filter { $0.stage == .epoch }.map(\.epoch) == [1, 2])
        #expect(all.last?.bestF1 != nil)
    }

    /// What comes before training is told where that is asked for.
    @Test func preparationOfARun() async throws {
        var options = Fixture.quick
        options.preparation = true
        let reports = Box<[AdaptProgress]>([])
        _ = try await Fixture.model.adapt(train: Fixture.people, options: options) { progress in
            reports.update { $0.append(progress) }
        }
        let first = try #require(reports.value.first)
        #expect(first.stage == .encode && first.total == Fixture.people.count && first.done <= first.total)
        #expect(reports.value.last?.stage == .epoch)
    }

    @Test func noF1WithoutDevData() async throws {
        let reports = Box<[AdaptProgress]>([])
        _ = try await Fixture.model.adapt(train: Fixture.people, options: Fixture.quick) { progress in
            reports.update { $0.append(progress) }
        }
        #expect(!reports.value.isEmpty)
        #expect(reports.value.allSatisfy { $0.devF1 == nil && $0.bestF1 == nil })
    }

    /// An error that the closure throws stops the run and comes out of it; the closure is not called again.
    @Test func errorsInTheClosure() async throws {
        let steps = Box<[Int]>([])
        await #expect(throws: Stopped()) {
            try await Fixture.model.adapt(train: Fixture.people, options: Fixture.endless) { progress in
                steps.update { $0.append(progress.step) }
                if progress.step == 2 { throw Stopped() }
            }
        }
        #expect(steps.value.filter { $0 >= 2 } == [2])
    }

    /// Also at the very last report, when all is learnt.
    @Test func errorsInTheClosureAtTheEnd() async throws {
        await #expect(throws: Stopped()) {
            try await Fixture.model.adapt(train: Fixture.people, options: Fixture.quick) { progress in
                if progress.stage == .epoch, progress.epoch == progress.epochs { throw Stopped() }
            }
        }
    }

    /// The closure may use the library, the model that is being trained with included.
    @Test func taggingInTheClosure() async throws {
        let tagger = try Tagger(Fixture.model)
        let found = Box<[Substring]>([])
        _ = try await Fixture.model.adapt(train: Fixture.people, options: Fixture.quick) { progress in
            let entities = try tagger.tagAndWait("Oslo", with: Fixture.names).entities
            found.update { $0 += entities.map(\.text) }
        }
        #expect(found.value.count >= 2 && found.value.allSatisfy { $0 == "Oslo" })
    }

    @Test func cancellingTheTask() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await Fixture.model.adapt(train: Fixture.people, options: Fixture.endless) { _ in start.yield() }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func cancelledBeforeItBegins() async throws {
        let calls = Box(0)
        let task = Task {
            withUnsafeCurrentTask { $0!.cancel() }
            return try await Fixture.model.adapt(train: Fixture.people, options: Fixture.endless) { _ in
                calls.update { $0 += 1 }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(calls.value == 0)
    }

    /// Runs do not keep Swift's few threads waiting: with more runs than there are threads, others still work. Were each
    /// run to hold a thread, nothing could stop them, and this test would not end.
    @Test func runsKeepNoThreadWaiting() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let runs = (0..<ProcessInfo.processInfo.activeProcessorCount + 2).map { _ in
            Task { try await Fixture.model.adapt(train: Fixture.people, options: Fixture.endless) { _ in start.yield() } }
        }
        for await _ in started { break }
        for run in runs { run.cancel() }
        for run in runs { await #expect(throws: CancellationError.self) { try await run.value } }
    }

    @Test func aRunGoesOnFromItsCheckpoint() async throws {
        try await Fixture.withScratch { scratch in
            let checkpoint = scratch + "/run.checkpoint"
            var options = Fixture.quick
            options.epochs = 4
            let whole = try await Fixture.model.adapt(train: Fixture.people, options: options)
            await #expect(throws: Stopped()) {
                try await Fixture.model.adapt(
                    train: Fixture.people, options: options, checkpoint: checkpoint
                ) { progress in
                    if progress.epoch == 3 { throw Stopped() }
                }
            }
            #expect(FileManager.default.fileExists(atPath: checkpoint))
            let epochs = Box<[Int]>([])
            let resumed = try await Fixture.model.adapt(
                train: Fixture.people, options: options, checkpoint: checkpoint
            ) { progress in
                if progress.stage == .step { epochs.update { $0.append(progress.epoch) } }
            }
            #expect(epochs.value.first == 3)
            #expect(!FileManager.default.fileExists(atPath: checkpoint))
            let tagger = try Tagger(Fixture.model)
            let text = "Max Smith lives in Paris."
            #expect(
                try await tagger.tag(text, with: resumed).words.map(\.tag)
                    == tagger.tag(text, with: whole).words.map(\.tag))
        }
    }

    @Test func whatCannotBeLearnt() async throws {
        let empty = try Dataset(bytes: "It O\nrains O\n".utf8)
        let error = try await primerError { _ = try await Fixture.model.adapt(train: empty) }
        #expect(error.status == .data)
        var options = AdaptOptions()
        options.epochs = -1
        let wrong = try await primerError { _ = try await Fixture.model.adapt(train: Fixture.people, options: options) }
        #expect(wrong.status == .invalidArgument)
        let path = try await primerError {
            _ = try await Fixture.model.adapt(train: Fixture.people, checkpoint: "a\0b")
        }
        #expect(path.message == "checkpoint holds a NUL byte")
    }

    @Test func evaluation() async throws {
        let scores = try await Fixture.model.evaluate(Fixture.names, on: Fixture.people)
        #expect(scores.sentences == Fixture.people.count)
        #expect(scores.micro.support == 4)
        #expect(scores.micro.correct <= scores.micro.predicted)
        #expect((0...1).contains(scores.micro.f1) && (0...1).contains(scores.accuracy))
        let json = try JSONDecoder().decode(JSON.self, from: Data(scores.json.utf8))
        #expect(json["micro"]?["f1"]?.double == scores.micro.f1)
        #expect(json["strict"]?["micro"]?["f1"]?.double == scores.strictMicro.f1)

        let task = Task {
            withUnsafeCurrentTask { $0!.cancel() }
            return try await Fixture.model.evaluate(Fixture.names, on: Fixture.people)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
