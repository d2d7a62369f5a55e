import CPrimer

/// A text with what was found in it.
public struct TaggedText: Hashable, Sendable {
    /// The text that was tagged; where words were given, the words joined by single blanks.
    public let text: String
    /// The entities, in the order of the text; none overlaps another.
    public let entities: [Entity]
    /// The words with their tags, in the order of the text.
    public let words: [Word]

    /// Copies an item of a result.
    init(_ text: String, item: Int, of result: OpaquePointer) {
        self.text = text
        var count = 0
        var places = Places(of: text)
        entities = UnsafeBufferPointer(start: primer_result_entities(result, item, &count), count: count).map {
            Entity($0, text: places.text($0.start, $0.end))
        }
        places = Places(of: text)
        words = UnsafeBufferPointer(start: primer_result_words(result, item, &count), count: count).map {
            Word($0, text: places.text($0.start, $0.end))
        }
    }

    /// Where the entities are, in another unit than Swift's: for an editor, a file format or another language.
    ///
    /// - Parameter unit: The unit.
    /// - Returns: A half-open range for each of ``entities``.
    /// - Throws: ``PrimerError``.
    public func ranges(in unit: TextUnit) throws -> [Range<Int>] {
        var converted = entities.map { entity in
            primer_entity(
                start: entity.utf8Range.lowerBound, end: entity.utf8Range.upperBound, first_word: 0, end_word: 0,
                label: 0, score: 0, label_name: primer_str())
        }
        try text.withPrimerStr { text in
            try converted.withUnsafeMutableBufferPointer { entities in
                let (first, count) = (entities.baseAddress, entities.count)
                try PrimerError.check {
                    primer_entities_convert(text.data, text.len, unit.rawValue, first, first, count, $0)
                }
            }
        }
        return converted.map { $0.start..<$0.end }
    }
}

/// A named entity.
public struct Entity: Hashable, Sendable {
    /// The entity in the text that was tagged.
    public let text: Substring
    /// Bytes of the text in UTF-8, half-open.
    public let utf8Range: Range<Int>
    /// Places in ``TaggedText/words``, half-open.
    public let wordRange: Range<Int>
    /// The entity's type, such as "PER".
    public let label: String
    /// The type's place in ``Adapter/types``.
    public let labelIndex: Int
    /// How sure the tagger is, in 0 to 1.
    public let score: Float

    /// Where it is in the text that was tagged.
    ///
    /// The range begins and ends between Unicode scalars, not always between characters: of a flag or a family of emoji
    /// it may take a part. `text[range]` is exactly the entity either way.
    public var range: Range<String.Index> { text.startIndex..<text.endIndex }

    /// Where it is in UTF-16 code units, as `NSString` counts. With Foundation, `NSRange(entity.range, in: text)` says
    /// the same.
    public var utf16Range: Range<Int> {
        let units = text.base.utf16
        let start = units.distance(from: units.startIndex, to: text.startIndex)
        return start..<start + units.distance(from: text.startIndex, to: text.endIndex)
    }

    init(_ entity: primer_entity, text: Substring) {
        self.text = text
        utf8Range = entity.start..<entity.end
        wordRange = entity.first_word..<entity.end_word
        label = String(entity.label_name) ?? ""
        labelIndex = Int(entity.label)
        score = entity.score
    }
}

/// A word and its tag.
public struct Word: Hashable, Sendable {
    /// The word in the text that was tagged.
    public let text: Substring
    /// Bytes of the text in UTF-8, half-open.
    public let utf8Range: Range<Int>
    /// The word's tag, such as "B-PER".
    public let tag: String
    /// The tag's place in ``Adapter/tags``.
    public let tagIndex: Int

    /// Where it is in the text that was tagged, between Unicode scalars.
    public var range: Range<String.Index> { text.startIndex..<text.endIndex }

    init(_ word: primer_word, text: Substring) {
        self.text = text
        utf8Range = word.start..<word.end
        tag = String(word.tag_name) ?? ""
        tagIndex = word.tag
    }
}

/// Finds the indices of a text's bytes, one after the other: in a string of Objective-C's, whose bytes are not at hand,
/// each costs the way from the one before.
private struct Places {
    private let text: String
    private var offset = 0
    private var index: String.Index

    init(of text: String) {
        self.text = text
        index = text.startIndex
    }

    mutating func text(_ start: Int, _ end: Int) -> Substring {
        let from = place(start)
        return text[from..<place(end)]
    }

    private mutating func place(_ target: Int) -> String.Index {
        index = text.utf8.index(index, offsetBy: target - offset)
        offset = target
        return index
    }
}

/// Translation of positions in a text.
public enum Offsets {
    /// Translates positions from one unit to another.
    ///
    /// - Throws: ``PrimerError`` with ``Status/invalidArgument``, also for a position inside a code point or past the
    ///   end, which the message names.
    public static func convert(
        _ positions: [Int], in text: String, from: TextUnit, to: TextUnit
    ) throws -> [Int] {
        for position in positions where position < 0 {
            throw PrimerError(.invalidArgument, "there is no position \(position)")
        }
        var converted = positions
        try text.withPrimerStr { text in
            try PrimerError.check { error in
                primer_offsets_convert(
                    text.data, text.len, from.rawValue, to.rawValue, positions, &converted, positions.count, error)
            }
        }
        return converted
    }
}
