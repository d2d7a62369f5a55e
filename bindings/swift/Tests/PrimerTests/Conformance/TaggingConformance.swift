import Foundation
import Testing

import Primer

/// tests/conformance/tagging.json
@Suite struct TaggingConformance {
    let suite: JSON
    let tagger: Tagger
    let adapter: Adapter

    init() throws {
        suite = try JSON(conformance: "tagging")
        let model = try Model(path: suite["model"]!.string)
        adapter = try Adapter(path: suite["adapter"]!.string, model: model)
        tagger = try Tagger(model)
    }

    @Test func texts() throws {
        let cases = suite["texts"]!.array
        try #require(cases.count > 10)
        for test in cases {
            let text = Self.text(test)
            let tagged = try tagger.tagAndWait(text, with: adapter)
            #expect(tagged.text.utf8.elementsEqual(text.utf8))
            try check(tagged, test)
        }
    }

    @Test func sentences() async throws {
        let cases = suite["sentences"]!.array
        try #require(cases.count > 3)
        for test in cases {
            let words = test["words"]!.strings
            let tagged = try tagger.tagAndWait(words: words, with: adapter)
            #expect(tagged.words.map { String($0.text) } == words)
            #expect(tagged.words.map(\.tag) == test["tags"]!.strings)
            try check(tagged, test)
            #expect(try await tagger.tag(words: words, with: adapter) == tagged)
        }
    }

    /// All at once, texts and sentences together, gives the same.
    @Test func batch() async throws {
        let (texts, sentences) = (suite["texts"]!.array, suite["sentences"]!.array)
        let inputs =
            texts.map { Input(Self.text($0), adapter: adapter) }
            + sentences.map { Input(words: $0["words"]!.strings, adapter: adapter) }
        let tagged = try tagger.tagAndWait(inputs)
        try #require(tagged.count == texts.count + sentences.count)
        for (tagged, test) in zip(tagged, texts + sentences) { try check(tagged, test) }
        // The asynchronous ways, without the long ones, which take long.
        let short = texts.indices.filter { texts[$0]["repeat"] == nil }
        let asTexts = try await tagger.tag(short.map { Self.text(texts[$0]) }, with: adapter)
        for (tagged, i) in zip(asTexts, short) { try check(tagged, texts[i]) }
    }

    private static func text(_ test: JSON) -> String {
        String(repeating: test["text"]!.string, count: test["repeat"]?.int ?? 1)
    }

    private func check(_ tagged: TaggedText, _ test: JSON) throws {
        let name = test["name"]!.string
        let known: Set = ["name", "text", "repeat", "entities", "words", "tags"]
        #expect(test.keys.isSubset(of: known), "\(name): a field that this runner does not know")
        let expected = test["entities"]!.array
        try #require(tagged.entities.count == expected.count, "\(name)")
        for (entity, expected) in zip(tagged.entities, expected) {
            #expect(entity.utf8Range == expected["start"]!.int..<expected["end"]!.int, "\(name)")
            #expect(entity.wordRange == expected["first_word"]!.int..<expected["end_word"]!.int, "\(name)")
            #expect(entity.label == expected["label"]!.string, "\(name)")
            #expect(adapter.types[entity.labelIndex] == entity.label, "\(name)")
            #expect(abs(Double(entity.score) - expected["score"]!.double) < 1e-3, "\(name)")
            #expect(entity.text.unicodeScalars.elementsEqual(expected["text"]!.string.unicodeScalars), "\(name)")
            #expect(entity.utf16Range == expected["utf16"]!.range, "\(name)")
            // The same range by way of Swift's own indices.
            let text = tagged.text
            #expect(text[entity.range].unicodeScalars.elementsEqual(entity.text.unicodeScalars), "\(name)")
            let scalars = text.unicodeScalars
            let start = scalars.distance(from: scalars.startIndex, to: entity.range.lowerBound)
            let count = scalars.distance(from: entity.range.lowerBound, to: entity.range.upperBound)
            #expect(start..<start + count == expected["code_points"]!.range, "\(name)")
            let utf16 = NSRange(entity.range, in: text)
            #expect(utf16.location..<utf16.location + utf16.length == expected["utf16"]!.range, "\(name)")
        }
        #expect(try tagged.ranges(in: .byte) == tagged.entities.map(\.utf8Range), "\(name)")
        #expect(try tagged.ranges(in: .utf16) == expected.map { $0["utf16"]!.range }, "\(name)")
        #expect(try tagged.ranges(in: .codePoint) == expected.map { $0["code_points"]!.range }, "\(name)")
        // Of sentences the words are the question, and of long texts they are not told.
        guard test["text"] != nil, let words = test["words"]?.array else { return }
        #expect(tagged.words.map(\.utf8Range) == words.map { $0.array[0].int..<$0.array[1].int }, "\(name)")
        #expect(tagged.words.map(\.tag) == words.map { $0.array[2].string }, "\(name)")
        for word in tagged.words {
            #expect(adapter.tags[word.tagIndex] == word.tag, "\(name)")
            #expect(Array(tagged.text[word.range].utf8) == Array(Array(tagged.text.utf8)[word.utf8Range]), "\(name)")
        }
    }
}
