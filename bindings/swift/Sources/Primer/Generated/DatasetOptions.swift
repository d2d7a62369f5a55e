// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// How labelled data is read. The initial values find everything out from the data.
public struct DatasetOptions: Hashable, Sendable {
    /// The format of the data; initially ``Format/auto``.
    public var format: Format
    /// How the tags are to be read; initially ``Scheme/auto``.
    public var scheme: Scheme
    /// What start and end of an entity in JSON count; code points are what Python counts; initially
    /// ``TextUnit/codePoint``.
    public var unit: TextUnit
    /// CoNLL: the column of the word, from 0; initially nil, for finding it out, usually the first.
    public var wordColumn: Int?
    /// CoNLL: the column of the tag, from 0; initially nil, for finding it out, usually the last.
    public var tagColumn: Int?
    /// The data must have labels; without it they are not read; initially true.
    public var labelled: Bool
    /// Refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap stays,
    /// and a word that is cut belongs to the entity where that covers at least half of its characters; initially false.
    public var strict: Bool
    /// The names of tags that are numbers, in their order from 0: O, B-PER and so on; initially none, for data whose
    /// tags are names.
    public var tagNames: [String]
    /// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
    /// sentence may name its own; initially none, for all types of the data.
    public var labelledTypes: [String]

    /// The library's initial values.
    public init() {
        let initial = Self.initial
        // The library's own values have names: the tests see to it.
        format = Format(rawValue: initial.format)!
        scheme = Scheme(rawValue: initial.scheme)
        unit = TextUnit(rawValue: initial.unit)!
        wordColumn = initial.word_column < 0 ? nil : Int(initial.word_column)
        tagColumn = initial.tag_column < 0 ? nil : Int(initial.tag_column)
        labelled = initial.labelled != 0
        strict = initial.strict != 0
        tagNames = UnsafeBufferPointer(start: initial.tag_names, count: initial.tag_name_count).map { String($0) ?? "" }
        labelledTypes = UnsafeBufferPointer(start: initial.labelled_types, count: initial.labelled_type_count).map { String($0) ?? "" }
    }

    private static var initial: primer_dataset_options {
        var options = primer_dataset_options()
        primer_dataset_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    /// Lends the options as the C interface has them.
    func withC<R>(_ body: (UnsafePointer<primer_dataset_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.format = format.rawValue
        options.scheme = scheme.rawValue
        options.unit = unit.rawValue
        options.word_column = try number(wordColumn ?? -1, "wordColumn")
        options.tag_column = try number(tagColumn ?? -1, "tagColumn")
        options.labelled = labelled ? 1 : 0
        options.strict = strict ? 1 : 0
        return try withPrimerStrs(tagNames) { texts in
            options.tag_names = texts
            options.tag_name_count = tagNames.count
            return try withPrimerStrs(labelledTypes) { texts in
                options.labelled_types = texts
                options.labelled_type_count = labelledTypes.count
                return try body(&options)
            }
        }
    }
}
