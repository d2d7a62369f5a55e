// Tags names in sentences of many languages, then teaches the model a new kind of name: examples/ner_tagger.rs in Swift,
// with the same standard output. Run it from the top of the repository.
//
//     swift run ner_tagger
//     swift run ner_tagger "Angela Merkel wurde in Hamburg geboren."
//     cat letters.txt | swift run ner_tagger --no-teach
//
// Results go to standard output. What differs from run to run (the progress, the seconds) goes to standard error.

import Foundation
import Primer

let sentences = [
    "Tim Berners-Lee invented the World Wide Web at CERN near Geneva.",
    "Angela Merkel wurde in Hamburg geboren und studierte Physik an der Universität Leipzig.",
    "Marie Curie est née à Varsovie et a enseigné à la Sorbonne.",
    "Lionel Messi nació en Rosario y jugó muchos años en el FC Barcelona.",
    "Дмитрий Менделеев родился в Тобольске и преподавал в Петербургском университете.",
    "Сергій Корольов народився в Житомирі та навчався в Київському політехнічному інституті.",
    "Ο Μίκης Θεοδωράκης γεννήθηκε στη Χίο και σπούδασε στο Ωδείο Αθηνών.",
    "Arvo Pärt sündis Paides ja õppis Tallinna Konservatooriumis.",
    "Orhan Pamuk İstanbul'da doğdu ve Columbia Üniversitesi'nde ders verdi.",
    "Wangari Maathai alizaliwa Nyeri na alisoma katika Chuo Kikuu cha Nairobi.",
    "ولد نجيب محفوظ في القاهرة ودرس الفلسفة في جامعة القاهرة.",
    "इसरो का मुख्यालय बेंगलुरु में है और विक्रम साराभाई को उसका जनक माना जाता है।",
    "马云在杭州创办了阿里巴巴集团。",
    "本田宗一郎は浜松市で本田技研工業を設立した。",
    "이건희는 대구에서 태어나 삼성전자 회장을 지냈다.",
]

/// Sentences to learn MEDICINE from, and others with other medicines to check what was learnt.
let teachPath = "examples/data/teach.jsonl"
let checkPath = "examples/data/check.jsonl"

/// What the new adapter has never seen.
let newSentences = [
    "Dr. Anna Schmidt of the Charité in Berlin prescribed ciprofloxacin 250 mg for ten days.",
    "À Lyon, le docteur Martin lui a donné de la prednisone.",
]

/// Prints each text with the entities that each adapter finds in it.
func tag(_ texts: [String], by model: Model, with adapters: [Adapter]) async throws {
    // All in one call, so that texts go through the model in batches.
    let inputs = texts.flatMap { text in adapters.map { Input(text, adapter: $0) } }
    let answers = try await Tagger(model).tag(inputs)

    for (i, text) in texts.enumerated() {
        print(text)
        for entity in answers[(i * adapters.count)..<((i + 1) * adapters.count)].flatMap(\.entities) {
            // The name comes last, so that one written from right to left moves nothing else in a terminal.
            print("    \(entity.score.formatted(2))  \(entity.label)  \(entity.text)")
        }
        print()
    }
}

/// Teaches a new entity type on top of those that `names` knows: the adapter that comes out knows all of them. The data
/// say that MEDICINE is all that they label.
func teach(_ model: Model, from names: Adapter) async throws -> Adapter {
    let train = try Dataset(path: teachPath)
    let check = try Dataset(path: checkPath)
    let types = train.types.joined(separator: ", ")
    print("Learning \(types) from \(train.count) sentences, checking it on \(check.count) others.")
    print("F1 before: \(try await model.evaluate(names, on: check).micro.f1.formatted(3))")

    var options = AdaptOptions()
    options.method = .initial  // that of `names`, with its settings

    let run = model.adaptation(train: train, initial: names, options: options)
    let terminal = isatty(STDERR_FILENO) == 1
    var seconds = 0.0
    for try await progress in run {
        seconds = progress.seconds
        if terminal {
            let (loss, left) = (progress.loss.formatted(3), progress.secondsLeft.formatted(0))
            complain("\r\(progress.step)/\(progress.steps) updates, loss \(loss), \(left) s left ", end: "")
        }
    }
    let adapter = try await run.value
    complain("\(terminal ? "\n" : "")Learnt in \(seconds.formatted(1)) s.")

    print("F1 after:  \(try await model.evaluate(adapter, on: check).micro.f1.formatted(3))\n")
    return adapter
}

do {
    guard let options = try Options(CommandLine.arguments.dropFirst()) else {
        print(Options.usage)
        exit(EXIT_SUCCESS)
    }
    // The backbone is loaded once. Adapters are small, and one model serves any number of them.
    let model = try Model(path: options.model)
    let names = try Adapter(path: options.adapter, model: model)
    try await tag(options.texts ?? sentences, by: model, with: [names])
    if options.teach {
        let all = try await teach(model, from: names)
        try await tag(newSentences, by: model, with: [all])
    }
} catch {
    complain("ner_tagger: \(error)")
    exit(EXIT_FAILURE)
}
