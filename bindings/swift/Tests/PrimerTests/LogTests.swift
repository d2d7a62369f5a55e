import Testing

import Primer

/// The log is one for the whole process: these tests run one after the other.
@Suite(.serialized) struct LogTests {
    @Test func messagesArrive() throws {
        let messages = Box<[(LogLevel, String)]>([])
        try Library.setLogHandler(level: .info) { level, message in messages.update { $0.append((level, message)) } }
        _ = try Model(path: Fixture.modelPath)
        try Library.setLogHandler(nil)
        let before = messages.value.count
        #expect(before > 0)
        #expect(messages.value.allSatisfy { $0.0 == .info || $0.0 == .warn })
        #expect(messages.value.allSatisfy { !$0.1.isEmpty })
        _ = try Model(path: Fixture.modelPath)
        #expect(messages.value.count == before)
    }

    /// A closure is let go when another one has taken its place.
    @Test func closuresAreLetGo() throws {
        final class Witness: Sendable {}
        weak var first: Witness?
        weak var second: Witness?
        do {
            let (one, two) = (Witness(), Witness())
            (first, second) = (one, two)
            try Library.setLogHandler { [one] _, _ in withExtendedLifetime(one) {} }
            try Library.setLogHandler { [two] _, _ in withExtendedLifetime(two) {} }
        }
        #expect(first == nil)
        #expect(second != nil)
        try Library.setLogHandler(nil)
        #expect(second == nil)
    }

    @Test func levelsThatAreNone() throws {
        final class Witness: Sendable {}
        weak var witness: Witness?
        do {
            let kept = Witness()
            witness = kept
            try expectInvalid("level") {
                try Library.setLogHandler(level: LogLevel(rawValue: 77)) { [kept] _, _ in withExtendedLifetime(kept) {} }
            }
        }
        #expect(witness == nil)
    }

    /// A closure that sets the log is refused, and nothing stands still.
    @Test func settingTheLogFromItsClosure() throws {
        let errors = Box<[Status]>([])
        try Library.setLogHandler { _, _ in
            do {
                try Library.setLogHandler(nil)
            } catch let error as PrimerError {
                errors.update { $0.append(error.status) }
            } catch {}
        }
        _ = try Model(path: Fixture.modelPath)
        try Library.setLogHandler(nil)
        #expect(!errors.value.isEmpty)
        #expect(errors.value.allSatisfy { $0 == .busy })
    }

    @Test func manyAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<50 { try Library.setLogHandler(nil) } }
                group.addTask { for _ in 0..<50 { try Library.setLogHandler { _, _ in } } }
                group.addTask { _ = try Model(path: Fixture.modelPath) }
            }
            try await group.waitForAll()
        }
        try Library.setLogHandler(nil)
    }
}
