import Foundation
import Primer

/// What many tests use.
enum Fixture {
    /// The repository's top, made the current folder: paths in the conformance suite start there.
    static let top: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<6 { url.deleteLastPathComponent() }
        precondition(FileManager.default.changeCurrentDirectoryPath(url.path))
        return url
    }()

    static let modelPath = top.appendingPathComponent("models/primer-mini.gguf").path
    static let adapterPath = top.appendingPathComponent("models/per-loc-org.safetensors").path

    /// The shipped model and its adapter for PER, LOC and ORG.
    static let model = try! Model(path: modelPath)
    static let names = try! Adapter(path: adapterPath, model: model)

    /// Four sentences to learn PER from.
    static let people = try! Dataset(
        bytes: """
            {"text": "Ada Smith lives in Oslo.", "entities": [{"start": 0, "end": 9, "label": "PER"}]}
            {"text": "In Rome lives Bob Smith.", "entities": [{"start": 14, "end": 23, "label": "PER"}]}
            {"text": "Zoe Smith met Max Smith.", "entities": [{"start": 0, "end": 9, "label": "PER"}, \
            {"start": 14, "end": 23, "label": "PER"}]}
            {"text": "The company is in Paris.", "entities": []}

            """.utf8, name: "people.jsonl")

    /// A training run that is over in a moment.
    static var quick: AdaptOptions {
        var options = AdaptOptions()
        options.method = .head
        options.epochs = 2
        return options
    }

    /// A training run that would take for ever, were it not stopped.
    static var endless: AdaptOptions {
        var options = AdaptOptions()
        options.method = .lora
        options.epochs = 1_000_000
        return options
    }

    /// Runs a test with an empty folder that is removed afterwards.
    static func withScratch<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("primer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }
}

/// Something that closures on several threads write to.
final class Box<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var content: Value

    init(_ value: Value) { content = value }

    var value: Value { lock.withLock { content } }

    func update<R>(_ change: (inout Value) -> R) -> R { lock.withLock { change(&content) } }
}
