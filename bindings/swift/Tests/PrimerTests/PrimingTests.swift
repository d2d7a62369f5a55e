import Foundation
import Testing

@_spi(Experimental) import Primer

/// Priming is experimental; here is that all of it can be reached.
@Suite(.serialized) struct PrimingTests {
    static var quick: PrimeOptions {
        var options = PrimeOptions()
        var adaptation = AdaptOptions()
        adaptation.method = .head
        options.adaptation = adaptation
        options.outerScope = .phi
        options.support = 2
        options.query = 2
        options.steps = 2
        options.name = "a trial"
        return options
    }

    static let tasks = [PrimeTask(name: "en", data: Fixture.people)]

    @Test func fromTasksToAnAdapter() async throws {
        let reports = Box<[PrimeProgress]>([])
        try await Fixture.withScratch { scratch in
            let primed = try await Fixture.model.prime(
                tasks: Self.tasks, dev: [PrimeTask(name: "dev", data: Fixture.people)], options: Self.quick,
                checkpoint: scratch + "/run.checkpoint", log: scratch + "/run.jsonl"
            ) { progress in reports.update { $0.append(progress) } }
            let updates = reports.value.drop { $0.stage == .encode }
            #expect(reports.value.first?.stage == .encode && reports.value.first?.total == Fixture.people.count)
            #expect(updates.map(\.step) == [1, 2] && updates.map(\.done) == [1, 2])
            #expect(updates.allSatisfy { $0.stage == .step && $0.total == 2 })
            #expect(updates.allSatisfy { $0.steps == 2 && $0.supportLoss > 0 && $0.queryLoss != nil })
            #expect(reports.value.last?.devF1 != nil)
            let log = try String(contentsOfFile: scratch + "/run.jsonl", encoding: .utf8)
            #expect(log.split(separator: "\n").count >= 2)
            #expect(FileManager.default.fileExists(atPath: scratch + "/run.checkpoint"))

            let report = try JSONDecoder().decode(JSON.self, from: Data(primed.report().utf8))
            #expect(report["types"]?.strings == ["PER"])
            #expect(report["steps"] != nil && report["dev_f1"] != nil)

            let (path, start) = (scratch + "/primed.gguf", scratch + "/start.safetensors")
            try primed.save(path: path, embedding: .q4_0, encoder: .q8_0, adapter: start)
            let model = try Model(path: path)
            #expect(model.name == "a trial")
            #expect(try primed.adapter(for: model).types == ["PER"])
            #expect(try Adapter(path: start, model: model).types == ["PER"])
        }
    }

    /// Types are found by their names alone on a model that carries a start; without it that is an error that says so.
    @Test func typesByNameAlone() async throws {
        var options = AdaptOptions()
        options.types = ["city", "musical instrument"]
        options.start = .fresh
        let none = try await primerError { [options] in _ = try await Fixture.model.adapt(options: options) }
        #expect(none.status == .invalidArgument && none.message.contains("labelled sentences"))
        options.start = .auto

        var priming = Self.quick
        priming.adaptation = nil
        priming.algorithm = .multiTask
        priming.head = .made
        priming.steps = 1
        try await Fixture.withScratch { scratch in
            let path = scratch + "/started.gguf"
            try await Fixture.model.prime(tasks: Self.tasks, options: priming)
                .save(path: path, embedding: .q4_0, encoder: .q8_0)
            let model = try Model(path: path)
            options.descriptions = ["", "what music is played on"]
            #expect(try await model.adapt(options: options).types == ["city", "musical instrument"])
            options.descriptions = ["one", "two", "three"]
            let more = try await primerError { _ = try await model.adapt(options: options) }
            #expect(more.status == .invalidArgument && more.message.contains("descriptions"))
        }
    }

    @Test func stopping() async throws {
        var options = Self.quick
        options.steps = 1_000_000
        await #expect(throws: Stopped()) {
            try await Fixture.model.prime(tasks: Self.tasks, options: options) { progress in
                if progress.step == 2 { throw Stopped() }
            }
        }
        let (started, start) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await Fixture.model.prime(tasks: Self.tasks, options: options) { _ in start.yield() }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func whatCannotBePrimed() async throws {
        let none = try await primerError { _ = try await Fixture.model.prime(tasks: []) }
        #expect(none.status == .invalidArgument)
        let twice = try await primerError {
            _ = try await Fixture.model.prime(tasks: Self.tasks + Self.tasks, options: Self.quick)
        }
        #expect(twice.status == .invalidArgument)
        // The default episode takes more sentences than there are.
        let few = try await primerError { _ = try await Fixture.model.prime(tasks: Self.tasks) }
        #expect(few.status == .data && few.message.contains("en"))
    }
}
