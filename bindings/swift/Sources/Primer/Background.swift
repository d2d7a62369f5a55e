import CPrimer

/// A request to stop, which any thread may make.
final class CancelToken: @unchecked Sendable {
    // The handle never changes, and the C interface allows concurrent calls with a const primer_cancel.
    let handle: OpaquePointer

    init() throws {
        handle = try PrimerError.handle { primer_cancel_new($0, $1) }
    }

    deinit { primer_cancel_free(handle) }

    func withHandle<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(handle) }
    }

    func request() { withHandle { primer_cancel_request($0) } }

    var isRequested: Bool { withHandle { primer_cancel_is_requested($0) == 1 } }
}

/// Runs a call that takes long on another thread, and waits for it without keeping a thread of Swift's.
///
/// The call is given a token. When the task is cancelled, the token asks the call to stop.
///
/// - Parameters:
///   - start: Runs what it is given on a thread: a new one, unless told otherwise.
///   - call: The call.
/// - Throws: What the call throws, but `CancellationError` where it was stopped.
func inBackground<T: Sendable>(
    start: (@escaping @Sendable () -> Void) throws -> Void = startThread,
    _ call: @escaping @Sendable (CancelToken) throws -> T
) async throws -> T {
    let token = try CancelToken()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start {
                    let outcome = Result {
                        // It may have waited for its turn.
                        if token.isRequested { throw CancellationError() }
                        do {
                            return try call(token)
                        } catch let error as PrimerError where error.status == .cancelled {
                            throw CancellationError()
                        }
                    }
                    continuation.resume(with: outcome)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    } onCancel: {
        token.request()
    }
}

/// Carries a caller's closure through C, and the error that it threw back.
///
/// It is used by one call, and on that call's thread alone.
final class Report<Progress> {
    private let closure: (Progress) throws -> Void
    private var thrown: (any Error)?

    init(_ closure: @escaping (Progress) throws -> Void) { self.closure = closure }

    /// Calls the closure. The result is what C's callback returns: not 0 where the closure threw.
    func callAsFunction(_ progress: Progress) -> Int32 {
        do {
            try closure(progress)
            return 0
        } catch {
            thrown = error
            return 1
        }
    }

    /// Runs a call that is given this object as `user`, and throws what the closure threw.
    func during<R>(_ call: (UnsafeMutableRawPointer) throws -> R) throws -> R {
        do {
            return try withExtendedLifetime(self) { try call(Unmanaged.passUnretained(self).toOpaque()) }
        } catch {
            throw thrown ?? error
        }
    }

    /// The object behind `user`.
    static func from(_ user: UnsafeMutableRawPointer?) -> Report {
        Unmanaged<Report>.fromOpaque(user!).takeUnretainedValue()
    }
}
