import Testing

@testable import Primer

/// tests/conformance/errors.json
@Suite struct ErrorConformance {
    /// What Swift does not have: strings are checked and enumerations closed.
    static let lacks: Set = ["raw_text", "raw_enum"]
    /// A case of the C boundary that Swift cannot put: a Bool is true or false.
    static let cannotBePut = "a flag of 2"

    let suite: JSON
    let model: Model
    let adapter: Adapter

    init() throws {
        suite = try JSON(conformance: "errors")
        model = try Model(path: suite["model"]!.string)
        adapter = try Adapter(path: suite["adapter"]!.string, model: model)
    }

    @Test func everyCase() async throws {
        let cases = suite["cases"]!.array
        var ran = 0
        for test in cases where Self.lacks.isDisjoint(with: test["needs"]?.strings ?? []) {
            let name = test["name"]!.string
            if name == Self.cannotBePut { continue }
            try await Fixture.withScratch { scratch in
                let error: PrimerError
                do {
                    error = try await primerError { try await call(test, scratch) }
                } catch {
                    Issue.record("\(name): \(error)")
                    return
                }
                #expect(error.status == test["status"]!.status, "\(name)")
                for part in test["message"]!.strings { #expect(error.message.contains(part), "\(name): \(error)") }
                #expect(error.file == test["file"].map { $0.string.in(scratch) }, "\(name)")
                #expect(error.line == test["line"]?.int, "\(name)")
                #expect(error.byte == test["byte"]?.int, "\(name)")
                #expect(error.tensor == test["tensor"]?.string, "\(name)")
            }
            ran += 1
        }
        #expect(ran > cases.count / 2)
    }

    /// Fields that say what is expected, and those that every call may have.
    private static let common: Set = ["name", "needs", "call", "status", "message", "file", "line", "byte", "tensor"]

    private func call(_ test: JSON, _ scratch: String) async throws {
        let path = (test["path"]?.string ?? "").in(scratch)
        func arguments(_ own: Set<String>) {
            #expect(test.keys.isSubset(of: Self.common.union(own)), "\(test["name"]!.string): an unknown field")
        }
        switch test["call"]!.string {
        case "model_load":
            arguments(["path", "options"])
            _ = try Model(path: path, options: ModelOptions(test["options"]))
        case "model_from_memory":
            arguments(["data", "options"])
            _ = try Model(bytes: test["data"]!.bytes, options: ModelOptions(test["options"]))
        case "dataset_load":
            arguments(["path", "options"])
            _ = try Dataset(path: path, options: DatasetOptions(test["options"]))
        case "dataset_from_memory":
            arguments(["data", "file_name", "options"])
            _ = try dataset(test, options: DatasetOptions(test["options"]))
        case "dataset_shots":
            arguments(["data", "count", "seed"])
            _ = try dataset(test).shots(test["count"]!.int, seed: UInt64(test["seed"]?.int ?? 0))
        case "dataset_select":
            arguments(["data", "indices"])
            _ = try dataset(test).select(test["indices"]!.ints)
        case "adapter_load":
            arguments(["path"])
            _ = try Adapter(path: path, model: model)
        case "adapter_from_memory":
            arguments(["data"])
            _ = try Adapter(bytes: test["data"]!.bytes, model: model)
        case "adapter_save":
            arguments(["path"])
            try adapter.save(path: path)
        case "adapter_import":
            arguments(["path", "scheme", "types"])
            _ = try Adapter(
                importing: path, model: model, types: test["types"]?.strings ?? [],
                scheme: test["scheme"]?.scheme ?? .auto)
        case "adapter_export":
            arguments(["path", "format"])
            try adapter.export(FolderFormat(rawValue: Constants.value(test["format"]!))!, folder: path)
        case "method_by_name":
            arguments(["method"])
            _ = try AdaptMethod(name: test["method"]!.string)
        case "tag_text":
            arguments(["text"])
            _ = try Tagger(model).tagAndWait(String(decoding: test["text"]!.bytes, as: UTF8.self), with: adapter)
        case "tag_words":
            arguments(["words"])
            let words = test["words"]!.array.map { String(decoding: $0.bytes, as: UTF8.self) }
            _ = try Tagger(model).tagAndWait(words: words, with: adapter)
        case "evaluate":
            arguments(["data", "file_name", "options"])
            let data = try dataset(test, options: DatasetOptions(test["options"]))
            _ = try await model.evaluate(adapter, on: data)
        case "adapt":
            arguments(["data", "file_name", "options", "initial"])
            let initial = try test["initial"].map { try Adapter(path: $0.string.in(scratch), model: model) }
            _ = try await model.adapt(
                train: dataset(test), initial: initial, options: AdaptOptions(test["options"]))
        case let call:
            Issue.record("\(test["name"]!.string): a call that this runner does not know: \(call)")
        }
    }

    private func dataset(_ test: JSON, options: DatasetOptions = DatasetOptions()) throws -> Dataset {
        try Dataset(bytes: test["data"]!.bytes, name: test["file_name"]?.string, options: options)
    }
}

extension String {
    /// The path with `{scratch}` replaced.
    fileprivate func `in`(_ scratch: String) -> String { replacing("{scratch}", with: scratch) }
}
