import Foundation
import Testing

@testable import Primer

/// What is read from and written to files and memory, and what the objects say of themselves.
@Suite struct FileTests {
    @Test func aModelSaysWhatItIs() throws {
        let model = Fixture.model
        #expect(!model.name.isEmpty)
        #expect(model.fingerprint.count == 64)
        #expect(try JSONDecoder().decode([String: String].self, from: Data(model.card.utf8)).isEmpty == false)
        #expect(model.sizes.layers == 12 && model.sizes.hidden == 384)
        #expect(model.sizes.hidden % model.sizes.heads == 0)
        var options = ModelOptions()
        options.threads = 1
        options.quantised = true
        #expect(try Model(path: Fixture.modelPath, options: options).sizes.threads == 1)
    }

    @Test func anAdapterSaysWhatItIs() throws {
        let adapter = Fixture.names
        #expect(adapter.types == ["LOC", "ORG", "PER"])
        #expect(adapter.tags.count == 7 && adapter.tags.first == "O")
        #expect(adapter.parameterCount > 1000)
        let card = try JSONDecoder().decode(JSON.self, from: Data(adapter.card.utf8))
        #expect(card["name"]?.string == adapter.name)
    }

    @Test func savingAndLoading() async throws {
        try await Fixture.withScratch { scratch in
            let url = URL(fileURLWithPath: scratch).appendingPathComponent("näme mit 👩🏽‍💻.safetensors")
            try Fixture.names.write(to: url)
            #expect(try [UInt8](Data(contentsOf: url)) == Fixture.names.bytes())
            #expect(try Adapter(contentsOf: url, model: Fixture.model).types == Fixture.names.types)
            #expect(try Adapter(path: url.path, model: Fixture.model).types == Fixture.names.types)
            #expect(try Adapter(bytes: Data(contentsOf: url), model: Fixture.model).types == Fixture.names.types)
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).count == 1)
        }
    }

    @Test func foldersOfOtherLibraries() async throws {
        var options = Fixture.quick
        options.method = .lora
        options.layers = [11]
        let lora = try await Fixture.model.adapt(train: Fixture.people, options: options)
        try await Fixture.withScratch { scratch in
            let folder = scratch + "/peft"
            try lora.export(.peft, folder: folder)
            #expect(try Adapter(path: folder, model: Fixture.model).types == ["PER"])
            let renamed = try Adapter(importing: folder, model: Fixture.model, types: ["PERSON"], scheme: .iob2)
            #expect(renamed.tags == ["O", "B-PERSON", "I-PERSON"])
            #expect(try Adapter(importing: folder, model: Fixture.model, types: []).types == ["PER"])
            let error = try primerError { try lora.export(.adapterHub, folder: folder) }
            #expect(error.status == .unsupported)
        }
    }

    @Test func urls() throws {
        let model = try Model(contentsOf: URL(fileURLWithPath: Fixture.modelPath))
        #expect(model.fingerprint == Fixture.model.fingerprint)
        let data = try Dataset(contentsOf: Fixture.top.appendingPathComponent("examples/data/teach.jsonl"))
        #expect(data.types == ["MEDICINE"])
        try expectInvalid("is no file URL") { _ = try Model(contentsOf: URL(string: "https://example.org/m.gguf")!) }
    }

    /// Damage among the weights is found on loading, unless the program does not want to wait for it.
    @Test func damagedWeights() async throws {
        try await Fixture.withScratch { scratch in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixture.modelPath))
            bytes[bytes.count - 100] ^= 1
            let path = scratch + "/damaged.gguf"
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = try primerError { _ = try Model(path: path) }
            #expect(error.status == .format && error.message.contains("damaged"))
            var options = ModelOptions()
            options.verify = false
            _ = try Model(path: path, options: options)
        }
    }

    @Test func pathsWithNulBytes() throws {
        // What C would take for the path ends before the NUL byte: nothing may be read from or written there.
        try expectInvalid("path holds a NUL byte") { _ = try Model(path: Fixture.modelPath + "\0.txt") }
        try expectInvalid("path holds a NUL byte") { _ = try Dataset(path: "examples/data/teach.jsonl\0") }
        try expectInvalid("name holds a NUL byte") { _ = try Dataset(bytes: "a B-PER".utf8, name: "a\0b") }
        try expectInvalid("path holds a NUL byte") { try Fixture.names.save(path: "/tmp/\0") }
        try expectInvalid("path holds a NUL byte") { try Fixture.names.saveONNX(path: "/tmp/\0") }
        try expectInvalid("path holds a NUL byte") { _ = try Tagger(onnx: "/tmp/\0") }
        try expectInvalid("folder holds a NUL byte") { try Fixture.names.export(.adapterHub, folder: "/tmp/\0") }
    }

    @Test func errorsSayWhatTheyAreAbout() throws {
        let error = try primerError { _ = try Dataset(bytes: "a B-PER\nb\u{20}\u{20}\nc ?\n".utf8, name: "bad.conll") }
        #expect(error.status == .data)
        #expect(error.file == "bad.conll")
        #expect(error.line != nil)
        #expect(error.message.contains("bad.conll"))
        // As all errors in Swift do.
        #expect("\(error)" == error.message)
        #expect(error.localizedDescription == error.message)
        let missing = try primerError { _ = try Model(path: "/no/such/model.gguf") }
        #expect(missing.status == .io && missing.line == nil && missing.byte == nil && missing.tensor == nil)
        let utf8 = try primerError { _ = try Dataset(bytes: [0x61, 0xff], name: "x.conll") }
        #expect(utf8.status == .invalidUTF8 && utf8.byte == 1)
    }

    @Test func drawingSentences() throws {
        let data = Fixture.people
        let (drawn, indices) = try data.shots(2, seed: 7)
        #expect(drawn.count == 2)
        #expect(Set(indices).count == 2)
        #expect(try data.shots(2, seed: 7).indices == indices)
        #expect(try data.select(indices.reversed()).count == 2)
        // Numbers that nobody has memory for are refused, as are those below zero.
        for count in [0, 5, Int.max, -1, Int.min] {
            let error = try primerError { _ = try data.shots(count) }
            #expect(error.status == .invalidArgument, "\(count)")
        }
        for index in [4, Int.max, -1] {
            let error = try primerError { _ = try data.select([0, index]) }
            #expect(error.status == .invalidArgument, "\(index)")
        }
    }
}
