import Foundation
import Testing

@testable import Primer

/// What a tagger runs on, as far as it needs no ONNX Runtime.
@Suite struct EngineTests {
    let text = "Angela Merkel wurde in Hamburg geboren."

    /// The status of what needs the feature "onnx": this one, where the library has the feature.
    private func withONNX(_ status: Status) -> Status { Library.hasFeature("onnx") ? status : .unsupported }

    /// Eight bits find the same entities, by other numbers.
    @Test func eightBits() async throws {
        var options = TaggerOptions()
        options.precision = .int8
        let exact = try await Tagger(Fixture.model, options: TaggerOptions()).tag(text, with: Fixture.names)
        let quick = try Tagger(Fixture.model, options: options)
        let tagged = try await quick.tag(text, with: Fixture.names)
        #expect(tagged.entities.map(\.label) == ["PER", "LOC"])
        #expect(tagged.entities.map(\.range) == exact.entities.map(\.range))
        #expect(tagged.words == exact.words)
        let apart = zip(tagged.entities, exact.entities).map { abs($0.score - $1.score) }.max()!
        #expect(apart > 0 && apart < 0.1)
        #expect(quick.types.isEmpty)
    }

    /// A tagger scores as its model does, on its own engine.
    @Test func scores() async throws {
        let data = try Dataset(bytes: "Angela B-PER\nMerkel I-PER\n\nOslo B-LOC\nis O\na O\ncity O\n. O\n".utf8)
        let expected = try await Fixture.model.evaluate(Fixture.names, on: data)
        for precision in [Precision.f32, .int8] {
            var options = TaggerOptions()
            options.precision = precision
            let tagger = try Tagger(Fixture.model, options: options)
            #expect(try await tagger.evaluate(Fixture.names, on: data) == expected, "\(precision)")
            #expect(expected.sentences == 2 && expected.micro.f1 == 1)
            let task = Task { try await tagger.evaluate(Fixture.names, on: data) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// A model without labels of its own needs an adapter in every call, and says so.
    @Test func adaptersAreNeeded() async throws {
        let tagger = try Tagger(Fixture.model)
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await tagger.tag("Ada") },
            { _ = try await tagger.tag(words: ["Ada"]) },
            { _ = try await tagger.tag([Input("Oslo", adapter: Fixture.names), Input("Ada")]) },
            { _ = try tagger.tagAndWait("Ada") },
            { _ = try tagger.tagAndWait(words: ["Ada"]) },
            { _ = try await tagger.evaluate(on: Fixture.people) },
        ]
        for call in calls {
            let error = try await primerError(call)
            #expect(error.status == .invalidArgument)
            #expect(error.message.contains("adapter"), "\(error)")
        }
        #expect(try await tagger.tag("Oslo", with: Fixture.names).entities.count == 1)
    }

    /// Where ONNX Runtime is not where the options say, the error names the place, and ``Engine/auto`` goes on without.
    @Test func aMissingONNXRuntime() async throws {
        try await Fixture.withScratch { scratch in
            var options = TaggerOptions()
            options.engine = .onnx
            options.onnxRuntime = scratch + "/libonnxruntime.so"
            var error = try primerError { _ = try Tagger(Fixture.model, options: options) }
            #expect(error.status == withONNX(.io))
            #expect(error.file == (Library.hasFeature("onnx") ? options.onnxRuntime : nil))

            let folder = scratch + "/model"
            try SmallModel.write(to: folder, labels: ["O", "B-PER", "I-PER"])
            error = try primerError { _ = try Tagger(onnx: folder, options: options) }
            #expect(error.status == withONNX(.io))
            #expect(error.message.contains(Library.hasFeature("onnx") ? "model.onnx" : "onnx"), "\(error)")
            let model = URL(fileURLWithPath: folder).appendingPathComponent("model.onnx")
            try Data("nonsense".utf8).write(to: model)
            error = try primerError { _ = try Tagger(onnxContentsOf: model, options: options) }
            #expect(error.status == withONNX(.io))
            #expect(error.message.contains(Library.hasFeature("onnx") ? options.onnxRuntime! : "onnx"), "\(error)")

            options.engine = .auto
            let tagger = try Tagger(Fixture.model, options: options)
            #expect(try await tagger.tag(text, with: Fixture.names).entities.count == 2)
        }
    }

    @Test func onnxFiles() async throws {
        try await Fixture.withScratch { scratch in
            let adapter = try await SmallModel(in: scratch + "/model").adapter
            let path = scratch + "/tagger.onnx"
            guard Library.hasFeature("onnx") else {
                #expect(try primerError { try adapter.saveONNX(path: path) }.status == .unsupported)
                return
            }
            try adapter.saveONNX(path: path)
            let bytes = try adapter.onnxBytes()
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
            #expect(bytes.firstRange(of: Array("attention_mask".utf8)) != nil)
            let url = URL(fileURLWithPath: scratch).appendingPathComponent("näme.onnx")
            try adapter.writeONNX(to: url)
            #expect(try [UInt8](Data(contentsOf: url)) == bytes)
            let error = try primerError { try adapter.saveONNX(path: scratch + "/none/tagger.onnx") }
            #expect(error.status == .io && error.file == scratch + "/none/tagger.onnx")
        }
    }
}
