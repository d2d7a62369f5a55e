import Foundation
import Testing

@testable import Primer

/// Ranges are right in any string, whatever its characters are made of.
@Suite struct StringRangeTests {
    let tagger: Tagger

    init() throws { tagger = try Tagger(Fixture.model) }

    /// Characters of several scalars, of several UTF-16 units, and NUL before and behind the names.
    @Test(arguments: [
        "👩🏽‍💻👨‍👩‍👧‍👦 Angela Merkel lives in Hamburg 🇩🇪.",
        "e\u{301}\u{323}e\u{301} 🏴󠁧󠁢󠁷󠁬󠁳󠁿 \u{200F}Angela Merkel lives in Hamburg.",
        "\0Angela Merkel\0 lives in Hamburg\0",
        "\r\n\r\nAngela Merkel lives in\r\nHamburg.\r\n",
    ])
    func rangesAmongOddCharacters(text: String) async throws {
        let tagged = try await tagger.tag(text, with: Fixture.names)
        try #require(tagged.entities.map(\.text) == ["Angela Merkel", "Hamburg"])
        for (entity, name) in zip(tagged.entities, ["Angela Merkel", "Hamburg"]) {
            #expect(text[entity.range] == name)
            #expect(text.range(of: name) == entity.range)
            #expect(NSRange(entity.range, in: text) == (text as NSString).range(of: name))
            #expect(NSRange(entity.range, in: text) == NSRange(entity.utf16Range))
            #expect(Array(text.utf8)[entity.utf8Range].elementsEqual(name.utf8))
            #expect(tagged.words[entity.wordRange].first!.text == name.split(separator: " ").first!)
        }
    }

    /// An entity may begin or end inside a character: the range is not widened to whole ones.
    @Test func rangesInsideCharacters() throws {
        // The zero width joiner and the variation selector belong to the character before them.
        let text = "Angela Merkel\u{200D} lives in Hamburg\u{FE0F}."
        let tagged = try tagger.tagAndWait(text, with: Fixture.names)
        let entity = try #require(tagged.entities.first)
        #expect(Array(text[entity.range].utf8) == Array(Array(text.utf8)[entity.utf8Range]))
        for word in tagged.words {
            #expect(Array(text[word.range].utf8) == Array(Array(text.utf8)[word.utf8Range]))
        }
    }

    /// A string that Foundation made may lie in memory in another way.
    @Test func stringsOfFoundation() throws {
        let parts = ["Angela Merkel", " lives in ", "Hamburg ", "🇩🇪."]
        let text = NSMutableString(capacity: 0)
        for part in parts { text.append(part) }
        let bridged = text as String
        let tagged = try tagger.tagAndWait(bridged, with: Fixture.names)
        #expect(tagged.entities.map { bridged[$0.range] } == ["Angela Merkel", "Hamburg"])
        #expect(tagged.entities.map { $0.utf16Range } == [0..<13, 23..<30])
    }

    @Test func emptyTextsAndWords() async throws {
        for text in ["", " ", "\0"] {
            let tagged = try tagger.tagAndWait(text, with: Fixture.names)
            #expect(tagged.text == text)
            #expect(tagged.entities.isEmpty)
            #expect(try tagged.ranges(in: .utf16).isEmpty)
        }
        #expect(try tagger.tagAndWait(words: [], with: Fixture.names).words.isEmpty)
        #expect(try await tagger.tag(words: [], with: Fixture.names).words.isEmpty)
        #expect(try tagger.tagAndWait([]).isEmpty)
        #expect(try await tagger.tag([String](), with: Fixture.names).isEmpty)
    }

    /// Words are lent as they are, with what is odd in them; the ranges refer to them joined by blanks.
    @Test func words() throws {
        let words = ["Angela", "Merkel", "lives", "in", "Ham\0burg", "👩🏽‍💻", "."]
        let tagged = try tagger.tagAndWait(words: words, with: Fixture.names)
        #expect(tagged.text == words.joined(separator: " "))
        #expect(tagged.words.map { String($0.text) } == words)
        #expect(tagged.entities.first?.text == "Angela Merkel")
        #expect(tagged.entities.first?.wordRange == 0..<2)
    }

    /// No text at all is lent as a pointer, too: C takes NULL for "this is a text".
    @Test func lendingTexts() {
        withPrimerStrs([]) { _ in }
        withPrimerStrs(["", "ä", "", "b\0c"]) { strs in
            #expect((0..<4).map { String(strs[$0]) } == ["", "ä", "", "b\0c"])
        }
        withBytes([1, 2, 3].lazy.map { UInt8($0) }) { data, size in
            #expect(Array(UnsafeRawBufferPointer(start: data, count: size)) == [1, 2, 3])
        }
    }
}
