import Foundation

/// What the command line asks for.
struct Options {
    static let usage = """
        usage: ner_tagger [--model PATH] [--adapter PATH] [--no-teach] [TEXT ... | -]

        Tags every TEXT, or with - every line of standard input, or some sentences of its own;
        then teaches the model a new entity type and tags with that, too.

          --model PATH     the backbone (models/primer-mini.gguf)
          --adapter PATH   what tags persons, places and organisations (models/per-loc-org.safetensors)
          --no-teach       only tag
        """

    var model = "models/primer-mini.gguf"
    var adapter = "models/per-loc-org.safetensors"
    var teach = true
    /// Nil where none were given.
    var texts: [String]?

    /// Reads the command line; nil for help.
    init?(_ arguments: some Sequence<String>) throws {
        var arguments = arguments.makeIterator()
        var given: [String] = []
        var fromInput = false
        while let argument = arguments.next() {
            switch argument {
            case "--model", "--adapter":
                guard let path = arguments.next() else { throw UsageError("a path is missing after \(argument)") }
                if argument == "--model" { model = path } else { adapter = path }
            case "--no-teach": teach = false
            case "--help": return nil
            case "-": fromInput = true
            case _ where argument.hasPrefix("--"): throw UsageError("see --help; unknown flag \(argument)")
            default: given.append(argument)
            }
        }
        if fromInput || given.isEmpty && isatty(STDIN_FILENO) == 0 {
            given += try linesOfInput(asked: fromInput)
        }
        texts = given.isEmpty && !fromInput ? nil : given
    }
}

struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The lines of standard input that are not empty. Unless `asked` for, a standard input that is silent for a second
/// counts as empty: it may be a pipe that nobody writes to.
private func linesOfInput(asked: Bool) throws -> [String] {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard asked || poll(&input, 1, 1000) > 0 else { return [] }
    let data = try FileHandle.standardInput.readToEnd() ?? Data()
    // By bytes: for Swift, "\r\n" is one character.
    return try data.split(separator: UInt8(ascii: "\n")).compactMap { line in
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard let text = String(data: line, encoding: .utf8) else {
            throw UsageError("standard input is not valid UTF-8")
        }
        return text.isEmpty ? nil : text
    }
}

/// Writes to standard error.
func complain(_ message: String, end: String = "\n") {
    FileHandle.standardError.write(Data((message + end).utf8))
}

extension BinaryFloatingPoint {
    /// The number with so many decimals.
    func formatted(_ decimals: Int) -> String { String(format: "%.\(decimals)f", Double(self)) }
}
