import Testing

import Primer

/// tests/conformance/datasets.json
@Suite struct DatasetConformance {
    @Test func everyCase() throws {
        let cases = try JSON(conformance: "datasets")["cases"]!.array
        try #require(cases.count > 10)
        for test in cases {
            let name = test["name"]!.string
            let known: Set = [
                "name", "data", "file_name", "options", "sentences", "entities", "scheme", "types", "dataset_name",
                "cut_span_count", "cut_spans", "notes", "shots",
            ]
            #expect(test.keys.isSubset(of: known), "\(name): a field that this runner does not know")
            let dataset = try Dataset(
                bytes: test["data"]!.bytes, name: test["file_name"]?.string, options: DatasetOptions(test["options"]))
            #expect(dataset.count == test["sentences"]!.int, "\(name)")
            #expect(dataset.entityCount == test["entities"]!.int, "\(name)")
            #expect(dataset.scheme == test["scheme"]!.scheme, "\(name)")
            #expect(dataset.types == test["types"]!.strings, "\(name)")
            #expect(dataset.name == test["dataset_name"]!.string, "\(name)")
            #expect(dataset.cutSpanCount == test["cut_span_count"]?.int ?? 0, "\(name)")
            let cut = dataset.cutSpans.map { ["\($0.line)", $0.text, $0.word] }
            #expect(cut == test["cut_spans"]?.array.map(\.strings) ?? [], "\(name)")
            #expect(dataset.notes == test["notes"]?.strings ?? [], "\(name)")
            guard let shots = test["shots"] else { continue }
            let drawn = try dataset.shots(shots["count"]!.int, seed: UInt64(shots["seed"]!.int))
            #expect(drawn.indices == shots["indices"]!.ints, "\(name)")
            #expect(drawn.dataset.count == shots["count"]!.int, "\(name)")
            #expect(drawn.dataset.entityCount == shots["entities"]!.int, "\(name)")
            let selected = try dataset.select(drawn.indices)
            #expect(selected.count == drawn.dataset.count, "\(name)")
            #expect(selected.entityCount == drawn.dataset.entityCount, "\(name)")
        }
    }
}
