import CPrimer
import Dispatch

extension Library {
    /// Sends the library's messages to a closure; nil turns them off, as they are at the start. The setting is one for
    /// the whole process.
    ///
    /// When the function returns, the closure that was set before is no longer running and is not called again.
    ///
    /// - Parameters:
    ///   - level: The least important messages that are wanted.
    ///   - handler: Is given a message's level and text. It may be called on any thread, also on several at once. It must
    ///     not call this function, nor wait for a ``Tagger``, which may be what is waiting for it.
    /// - Throws: ``PrimerError`` with ``Status/invalidArgument`` for another level, ``Status/busy`` when called by the
    ///   handler itself.
    public static func setLogHandler(
        _ level: LogLevel = .info, _ handler: (@Sendable (LogLevel, String) -> Void)?
    ) throws {
        try checkVersion()
        try LogHandlers.shared.set(level, handler)
    }
}

/// Keeps the closures that the library may still call.
///
/// Of calls at the same time it is not known whose closure stays: then all are kept until a later call has replaced
/// them. Nothing is locked during the call into C, which waits for closures that are running.
private final class LogHandlers: @unchecked Sendable {
    // All that changes is changed on `queue`.
    static let shared = LogHandlers()
    private let queue = DispatchQueue(label: "primer.log")
    private var kept: [Handler] = []
    private var callsNow = 0
    private var callsWereAlone = true

    final class Handler: Sendable {
        let closure: @Sendable (LogLevel, String) -> Void
        init(_ closure: @escaping @Sendable (LogLevel, String) -> Void) { self.closure = closure }
    }

    func set(_ level: LogLevel, _ closure: (@Sendable (LogLevel, String) -> Void)?) throws {
        let handler = closure.map(Handler.init)
        queue.sync {
            callsNow += 1
            if callsNow > 1 { callsWereAlone = false }
            if let handler { kept.append(handler) }
        }
        let outcome = Result {
            try PrimerError.check { error in
                guard let handler else { return primer_log_set(level.rawValue, nil, nil, error) }
                return primer_log_set(
                    level.rawValue,
                    { level, message, user in
                        let handler = Unmanaged<Handler>.fromOpaque(user!).takeUnretainedValue()
                        handler.closure(LogLevel(rawValue: level), String(message) ?? "")
                    },
                    Unmanaged.passUnretained(handler).toOpaque(), error)
            }
        }
        // What is let go goes at the end of this function, outside of the queue: closures may own anything.
        let gone: [Handler] = queue.sync {
            callsNow -= 1
            guard callsNow == 0 else { return [] }
            defer { callsWereAlone = true }
            guard callsWereAlone else { return [] }
            let before = kept
            switch outcome {
            case .success: kept = kept.filter { $0 === handler }
            case .failure: kept = kept.filter { $0 !== handler }
            }
            return before
        }
        try withExtendedLifetime(gone) { try outcome.get() }
    }
}
