import Foundation
import Testing

@testable import Primer

@Suite struct TaggerTests {
    let texts = (0..<12).map { "Angela Merkel met Tim Berners-Lee in Geneva, \($0) times." }

    /// Tasks and threads share one tagger: each gets its own answer, and none is refused.
    @Test func oneTaggerForAll() async throws {
        let tagger = try Tagger(Fixture.model)
        let expected = try tagger.tagAndWait(texts.map { Input($0, adapter: Fixture.names) })
        let tagged = try await withThrowingTaskGroup(of: (Int, TaggedText).self) { group in
            for (i, text) in texts.enumerated() {
                group.addTask {
                    i % 2 == 0
                        ? (i, try await tagger.tag(text, with: Fixture.names))
                        : (i, try tagger.tagAndWait(text, with: Fixture.names))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (i, expected) in expected.enumerated() {
            let tagged = try #require(tagged[i])
            #expect(tagged.text == texts[i])
            #expect(tagged.entities.map(\.label) == expected.entities.map(\.label))
            #expect(tagged.entities.map(\.range) == expected.entities.map(\.range))
        }
    }

    /// One model serves taggers side by side, and an adapter that another task trains meanwhile.
    @Test func manyTaggersForOneModel() async throws {
        async let adapter = Fixture.model.adapt(train: Fixture.people, options: Fixture.quick)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts {
                group.addTask {
                    let tagged = try await Tagger(Fixture.model).tag(text, with: Fixture.names)
                    #expect(tagged.entities.first?.text == "Angela Merkel")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await adapter.types == ["PER"])
    }

    /// Several adapters in one call.
    @Test func anAdapterForEachInput() async throws {
        let people = try await Fixture.model.adapt(train: Fixture.people, options: Fixture.quick)
        let inputs = [
            Input("Angela Merkel lives in Oslo.", adapter: Fixture.names),
            Input("Angela Merkel lives in Oslo.", adapter: people),
            Input(words: ["Oslo"], adapter: Fixture.names),
        ]
        let tagged = try await Tagger(Fixture.model).tag(inputs)
        #expect(tagged.map(\.text) == ["Angela Merkel lives in Oslo.", "Angela Merkel lives in Oslo.", "Oslo"])
        #expect(Set(tagged[0].words.map(\.tag)) == ["B-PER", "I-PER", "O", "B-LOC"])
        #expect(tagged[1].words.allSatisfy { people.tags.contains($0.tag) })
        #expect(tagged[2].entities.map(\.label) == ["LOC"])
    }

    /// A task that is cancelled before its turn does not tag, and the tagger goes on working.
    @Test func cancellingATask() async throws {
        let tagger = try Tagger(Fixture.model)
        let text = String(repeating: texts.joined(separator: " "), count: 20)
        let task = Task { try await tagger.tag(text, with: Fixture.names) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await tagger.tag("Oslo", with: Fixture.names).entities.count == 1)
    }

    /// A long text that is being tagged is given up.
    @Test func cancellingWhileItTags() async throws {
        let tagger = try Tagger(Fixture.model)
        // Many seconds of work, were it not stopped.
        let text = String(repeating: texts.joined(separator: " "), count: 1000)
        let task = Task { try await tagger.tag(text, with: Fixture.names) }
        // Not by a task that sleeps: other tests may keep Swift's threads busy for longer than the work takes.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { task.cancel() }
        // The second task waits for its turn, which comes when the first has stopped.
        let next = Task { try await tagger.tag("Oslo", with: Fixture.names) }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(try await next.value.entities.count == 1)
    }

    @Test func anotherModelsAdapter() throws {
        // An adapter names its model by the fingerprint.
        var bytes = try Fixture.names.bytes()
        let place = try #require(bytes.firstRange(of: Array(Fixture.model.fingerprint.utf8)))
        bytes.replaceSubrange(place, with: [UInt8](repeating: UInt8(ascii: "0"), count: place.count))
        let error = try primerError { _ = try Adapter(bytes: bytes, model: Fixture.model) }
        #expect(error.status == .mismatch)
    }
}
