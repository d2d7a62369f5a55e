import Testing

@testable import Primer

struct NothingWasThrown: Error {}

/// What a body throws that must throw an error of the library.
func primerError(_ body: () async throws -> Void) async throws -> PrimerError {
    do {
        try await body()
    } catch let error as PrimerError {
        return error
    }
    throw NothingWasThrown()
}

/// What a body throws that must throw an error of the library.
func primerError(_ body: () throws -> Void) throws -> PrimerError {
    do {
        try body()
    } catch let error as PrimerError {
        return error
    }
    throw NothingWasThrown()
}

/// Expects an error for a bad argument whose message names it.
func expectInvalid(_ message: String, _ body: () throws -> Void) throws {
    let error = try primerError(body)
    #expect(error.status == .invalidArgument)
    #expect(error.message.contains(message), "\(error.message)")
}
