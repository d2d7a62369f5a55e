import Foundation
import Testing

import Primer

/// What is tagged by ONNX Runtime itself, which the environment names. A process loads one, which the other tests must not
/// find loaded: the Makefile runs these in a process of their own.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PRIMER_ONNXRUNTIME"]?.isEmpty == false))
struct ONNXRuntimeTests {
    @Test func taggingByONNXRuntime() async throws {
        try await Fixture.withScratch { scratch in
            let folder = scratch + "/model"
            let small = try await SmallModel(in: folder)
            let text = "Ada Smith lives in Paris."
            let native = try Tagger(small.model)
            let expected = try await native.tag(text, with: small.adapter)
            try #require(expected.entities.count == 1 && expected.entities[0].score > 0.9)

            var options = TaggerOptions()
            options.engine = .onnx
            options.providers = ["cpu"]
            let tagger = try Tagger(small.model, options: options)
            same(try await tagger.tag(text, with: small.adapter), expected)
            options.providers = ["abacus"]
            var error = try primerError { _ = try Tagger(small.model, options: options) }
            #expect(error.status == .invalidArgument && error.message.contains("abacus"))
            options.providers = []
            options.precision = .int8
            error = try primerError { _ = try Tagger(small.model, options: options) }
            #expect(error.status == .unsupported)

            // The same model as somebody else's, with labels of its own.
            try SmallModel.write(to: folder, labels: ["O", "B-PER", "I-PER"])
            try small.adapter.saveONNX(path: folder + "/model.onnx")
            let labelled = try Tagger(onnx: folder)
            #expect(labelled.types == ["PER"])
            same(try await labelled.tag(text), expected)
            same(try labelled.tagAndWait(text), expected)
            for tagged in try await labelled.tag([text, text]) { same(tagged, expected) }
            for tagged in try await labelled.tag([Input(text), Input(text)]) { same(tagged, expected) }
            same(try await labelled.tag(words: ["Ada"]), try await native.tag(words: ["Ada"], with: small.adapter))
            same(try labelled.tagAndWait(words: ["Ada"]), try await native.tag(words: ["Ada"], with: small.adapter))
            let byNative = try await native.evaluate(small.adapter, on: Fixture.people)
            #expect(try await labelled.evaluate(on: Fixture.people).micro == byNative.micro)
            error = try await primerError { _ = try await labelled.tag(text, with: small.adapter) }
            #expect(error.status == .invalidArgument && error.message.contains("adapter"))
        }
    }

    /// Equal but for the last digits of scores.
    private func same(_ tagged: TaggedText, _ expected: TaggedText) {
        #expect(tagged.words == expected.words)
        #expect(tagged.entities.map(\.range) == expected.entities.map(\.range))
        #expect(tagged.entities.map(\.label) == expected.entities.map(\.label))
        for (a, b) in zip(tagged.entities, expected.entities) { #expect(abs(a.score - b.score) < 1e-3) }
    }
}
