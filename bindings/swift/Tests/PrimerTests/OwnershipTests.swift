import Foundation
import Testing

@testable import Primer

@Suite struct OwnershipTests {
    /// What was made of a model goes on working when the model's own object is gone.
    @Test func objectsKeepWhatTheyNeed() async throws {
        weak var freed: Model?
        let (adapter, tagger): (Adapter, Tagger) = try {
            let model = try Model(path: Fixture.modelPath)
            freed = model
            return (try Adapter(path: Fixture.adapterPath, model: model), try Tagger(model))
        }()
        #expect(freed == nil)
        #expect(try await tagger.tag("Oslo", with: adapter).entities.map(\.label) == ["LOC"])
        #expect(adapter.card.contains("LOC"))
    }

    /// Results are copies: they outlive tagger and adapter.
    @Test func resultsStayWhenAllElseIsGone() throws {
        weak var freedTagger: Tagger?
        weak var freedAdapter: Adapter?
        let tagged = try {
            let adapter = try Adapter(path: Fixture.adapterPath, model: Fixture.model)
            let tagger = try Tagger(Fixture.model)
            (freedTagger, freedAdapter) = (tagger, adapter)
            return try tagger.tagAndWait("Angela Merkel", with: adapter)
        }()
        #expect(freedTagger == nil && freedAdapter == nil)
        #expect(tagged.entities.map(\.label) == ["PER"])
        #expect(tagged.words.map(\.tag) == ["B-PER", "I-PER"])
    }

    /// Nothing that a run was given stays behind it, whether it ends, fails or is cancelled.
    @Test func runsLetGoOfEverything() async throws {
        final class Witness: Sendable {}
        for fails in [false, true] {
            weak var witness: Witness?
            weak var train: Dataset?
            do {
                let (kept, data) = (Witness(), try Dataset(bytes: "Ada B-PER\nsmiles O\n".utf8))
                (witness, train) = (kept, data)
                let adapter = try? await Fixture.model.adapt(train: data, options: Fixture.quick) { _ in
                    withExtendedLifetime(kept) {}
                    if fails { throw Stopped() }
                }
                #expect((adapter == nil) == fails)
            }
            // The thread that made the call may hold it for a moment longer.
            while witness != nil || train != nil { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    /// Failing initialisers free what they had.
    @Test func initialisersThatFail() throws {
        for _ in 0..<100 {
            #expect(throws: PrimerError.self) { try Model(bytes: [UInt8]("GGUF".utf8)) }
            #expect(throws: PrimerError.self) { try Dataset(bytes: []) }
            #expect(throws: PrimerError.self) { try Adapter(bytes: [1, 2, 3], model: Fixture.model) }
        }
    }

    /// The bytes that a model was made of may go and change.
    @Test func bytesAreCopied() async throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.modelPath)))
        let model = try Model(bytes: bytes)
        for i in stride(from: 0, to: bytes.count, by: 512) { bytes[i] ^= 0xff }
        let adapter = try Adapter(bytes: Fixture.names.bytes(), model: model)
        #expect(try await Tagger(model).tag("Oslo", with: adapter).entities.map(\.label) == ["LOC"])
        #expect(model.fingerprint == Fixture.model.fingerprint)
    }
}
