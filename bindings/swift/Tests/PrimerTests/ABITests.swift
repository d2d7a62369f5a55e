import CPrimer
import Foundation
import Testing

@_spi(Experimental) @testable import Primer

/// What the C header has and this module lacks fails here.
@Suite struct ABITests {
    let abi: JSON

    init() throws { abi = try JSON(conformance: "abi") }

    @Test func everyConstantHasItsValueHere() {
        var header: [String: [String: Int64]] = [:]
        for constant in abi["constants"]!.array {
            let (group, name) = (constant["enum"]!.string, constant["name"]!.string)
            let short = name.dropFirst(group == "STATUS" ? "PRIMER_".count : "PRIMER_\(group)_".count)
            header[group, default: [:]][String(short)] = Int64(constant["value"]!.int)
        }
        #expect(header == Constants.groups)
    }

    @Test func everyFunctionIsUsed() throws {
        let sources = try Self.sources()
        let calls = Set(sources.matches(of: /\b(primer_[a-z0-9_]+)\(/).map { String($0.1) })
        for function in abi["functions"]!.array {
            let name = function["name"]!.string
            #expect(calls.contains(name), "\(name) is not used")
        }
    }

    @Test func everyHandleIsFreed() throws {
        let sources = try Self.sources()
        for handle in abi["handles"]!.array {
            let name = handle["name"]!.string
            #expect(sources.contains("\(name)_free("), "\(name) is never freed")
        }
    }

    /// A field that C has grown, or one that was forgotten, has no property.
    @Test func everyFieldHasAProperty() throws {
        let text = "Oslo"
        let entity = Entity(primer_entity(), text: text[...])
        let word = Word(primer_word(), text: text[...])
        let scores = Scores(primer_scores(), json: "")
        // Fields that go by another name, or belong to the property of another: C's arrays have a count.
        let renamed: [String: [String: String?]] = [
            "primer_adapt_options": ["type_count": nil, "layer_count": nil, "description_count": nil],
            "primer_prime_options": ["type_count": nil],
            "primer_tagger_options": ["provider_count": nil],
            "primer_dataset_options": ["tag_name_count": nil, "labelled_type_count": nil],
            "primer_entity": [
                "start": "utf8Range", "end": "utf8Range", "first_word": "wordRange", "end_word": "wordRange",
                "label": "labelIndex", "label_name": "label",
            ],
            "primer_word": ["start": "utf8Range", "end": "utf8Range", "tag": "tagIndex", "tag_name": "tag"],
            "primer_input": ["text": "strings", "words": "strings", "word_count": nil],
        ]
        let values: [String: Any] = [
            "primer_model_options": ModelOptions(), "primer_model_sizes": Fixture.model.sizes,
            "primer_tagger_options": TaggerOptions(),
            "primer_dataset_options": DatasetOptions(), "primer_adapt_options": AdaptOptions(),
            "primer_prime_options": PrimeOptions(), "primer_progress": AdaptProgress(primer_progress()),
            "primer_prime_progress": PrimeProgress(primer_prime_progress()), "primer_entity": entity,
            "primer_word": word, "primer_score": scores.micro, "primer_scores": scores,
            "primer_input": Input("", adapter: Fixture.names),
            "primer_task": PrimeTask(name: "", data: Fixture.people),
        ]
        for type in abi["structs"]!.array {
            let name = type["name"]!.string
            // Text is a String, and what it borrows is nobody's to see.
            if name == "primer_str" { continue }
            let value = try #require(values[name], "\(name) has no counterpart")
            let properties = Set(Mirror(reflecting: value).children.map { $0.label!.lowercased() })
            for field in type["fields"]!.array.map({ $0["name"]!.string })
            where field != "struct_size" && !field.hasPrefix("reserved") {
                let property = renamed[name]?[field] ?? field.replacing("_", with: "")
                guard let property else { continue }
                #expect(properties.contains(property.lowercased()), "\(name).\(field) has no property")
            }
        }
    }

    @Test func versions() throws {
        #expect(Library.version == abi["version"]!.string)
        #expect(Library.abiVersion == UInt32(abi["abi_version"]!.int))
        #expect(Library.compiledABIVersion == UInt32(abi["abi_version"]!.int))
        try Library.checkVersion()
    }

    /// A library that this program was not compiled for is refused, with both versions in the message.
    @Test func otherVersionsAreRefused() throws {
        let own = Library.compiledABIVersion
        try Library.check(abiVersion: own + 1)
        for other in [own + 0x10000, own - 1] {
            let error = try primerError { try Library.check(abiVersion: other) }
            #expect(error.status == .unsupported)
            #expect(error.message.contains("compiled for libprimer 0.4"))
        }
    }

    @Test func statusesHaveNames() {
        #expect("\(Status.io)" == "PRIMER_ERR_IO")
        #expect("\(Status(rawValue: 4711))" == "unknown")
        #expect(Status(rawValue: 4711).rawValue == 4711)
    }

    @Test func features() {
        #expect(!Library.hasFeature("no such feature"))
        #expect(!Library.hasFeature("a\0b"))
    }

    /// The module's source without comments.
    private static func sources() throws -> String {
        let folder = Fixture.top.appendingPathComponent("bindings/swift/Sources/Primer")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)!
        let sources = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
            try String(contentsOf: $0, encoding: .utf8).replacing(/\/\/.*/, with: "")
        }
        precondition(sources.count > 10)
        return sources.joined(separator: "\n")
    }
}
