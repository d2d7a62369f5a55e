import Foundation
import Primer

/// A model of random weights, for what the shipped one is too large for.
struct SmallModel {
    let model: Model
    /// Tags PER, and is sure of what it says.
    let adapter: Adapter

    init(in folder: String) async throws {
        try Self.write(to: folder)
        model = try Model(path: folder)
        var options = AdaptOptions()
        options.method = .full
        options.epochs = 100
        options.learningRate = 1e-2
        options.headLearningRate = 1e-2
        adapter = try await model.adapt(train: Fixture.people, options: options)
    }

    private static let hidden = 16
    private static let intermediate = 32
    private static let positions = 64

    /// Writes a Hugging Face folder.
    ///
    /// - Parameters:
    ///   - folder: Its path.
    ///   - labels: Names in the configuration, for a model that has labels of its own.
    static func write(to folder: String, labels: [String] = []) throws {
        let words = "▁lives ▁in ▁ ▁Ada ▁Smith ▁Paris ▁Rome ▁Oslo".split(separator: " ").map(String.init)
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.".map(String.init)
        let special = ["<s>", "<pad>", "</s>", "<unk>"]
        var vocabulary: [[Any]] = special.map { [$0, 0.0] }
        vocabulary += words.map { [$0, -1.5] }
        vocabulary += letters.map { [$0, -4.5] }
        var config: [String: Any] = [
            "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": 1, "num_attention_heads": 4,
            "intermediate_size": intermediate, "vocab_size": vocabulary.count, "max_position_embeddings": positions,
            "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 1, "hidden_act": "gelu",
        ]
        if !labels.isEmpty {
            config["id2label"] = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ("\($0)", $1) })
        }
        let added: [[String: Any]] = special.enumerated().map { id, content in
            [
                "id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false,
            ]
        }
        let tokenizer: [String: Any] = [
            "version": "1.0", "added_tokens": added,
            "pre_tokenizer": [
                "type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "prepend_scheme": "always",
            ] as [String: Any],
            "post_processor": [
                "type": "RobertaProcessing", "sep": ["</s>", 2] as [Any], "cls": ["<s>", 0] as [Any],
                "trim_offsets": true, "add_prefix_space": true,
            ] as [String: Any],
            "model": ["type": "Unigram", "unk_id": 3, "vocab": vocabulary] as [String: Any],
        ]
        let url = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try JSONSerialization.data(withJSONObject: config).write(to: url.appendingPathComponent("config.json"))
        try JSONSerialization.data(withJSONObject: tokenizer).write(to: url.appendingPathComponent("tokenizer.json"))
        try weights(vocabulary: vocabulary.count).write(to: url.appendingPathComponent("model.safetensors"))
    }

    /// The contents of model.safetensors: the length of a header, the header, and the numbers.
    private static func weights(vocabulary: Int) throws -> Data {
        var header: [String: Any] = [:]
        var numbers = Data()
        var state: UInt64 = 7
        func add(_ name: String, _ shape: [Int], _ constant: Float? = nil) {
            let start = numbers.count
            for _ in 0..<shape.reduce(1, *) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let number = constant ?? (Float(state >> 40) / Float(1 << 24) - 0.5) * 0.6
                withUnsafeBytes(of: number.bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
            }
            header[name] = ["dtype": "F32", "shape": shape, "data_offsets": [start, numbers.count]] as [String: Any]
        }
        add("embeddings.word_embeddings.weight", [vocabulary, hidden])
        add("embeddings.position_embeddings.weight", [positions, hidden])
        add("embeddings.token_type_embeddings.weight", [2, hidden])
        let layer = "encoder.layer.0."
        for norm in ["embeddings.", layer + "attention.output.", layer + "output."] {
            add(norm + "LayerNorm.weight", [hidden], 1)
            add(norm + "LayerNorm.bias", [hidden], 0)
        }
        for module in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            add(layer + module + ".weight", [hidden, hidden])
            add(layer + module + ".bias", [hidden])
        }
        add(layer + "intermediate.dense.weight", [intermediate, hidden])
        add(layer + "intermediate.dense.bias", [intermediate])
        add(layer + "output.dense.weight", [hidden, intermediate])
        add(layer + "output.dense.bias", [hidden])
        let text = try JSONSerialization.data(withJSONObject: header)
        var file = Data()
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
        return file + text + numbers
    }
}
