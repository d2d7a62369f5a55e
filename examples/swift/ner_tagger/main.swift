import Primer
let model = try Model(path: "models/primer-mini.gguf")
let names = try Adapter(path: "models/per-loc-org.safetensors", model: model)
let tagger = try Tagger(model)
let tagged = try await tagger.tag("Angela Merkel wurde in Hamburg geboren.", with: names)
for e in tagged.entities { print(e.label, e.text, e.utf8Range, e.score) }
