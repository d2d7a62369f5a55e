import CPrimer

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
        level: LogLevel = .info, _ handler: (@Sendable (LogLevel, String) -> Void)?
    ) throws {
        try checkVersion()
        try LogHandlers.shared.set(level, handler)
    }
}

/// Keeps the closures that the library may still call.
///
/// Of calls at the same time it is not known whose closure stays: then all are kept until a later call has replaced
/// them. Nothing is locked during the call into C, which waits for closures that are running.
private final class LogHandlers: Sendable {
    static let shared = LogHandlers()

    private struct State {
        var kept: [Handler] = []
        var callsNow = 0
        var callsWereAlone = true
    }
    private let state = Locked(State())

    final class Handler: Sendable {
        let closure: @Sendable (LogLevel, String) -> Void
        init(_ closure: @escaping @Sendable (LogLevel, String) -> Void) { self.closure = closure }
    }

    func set(_ level: LogLevel, _ closure: (@Sendable (LogLevel, String) -> Void)?) throws {
        let handler = closure.map(Handler.init)
        state.withLock { state in
            state.callsNow += 1
            if state.callsNow > 1 { state.callsWereAlone = false }
            if let handler { state.kept.append(handler) }
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
        // What is let go goes at the end of this function, with nothing locked: closures may own anything.
        let before: [Handler] = state.withLock { state in
            state.callsNow -= 1
            guard state.callsNow == 0 else { return [] }
            defer { state.callsWereAlone = true }
            guard state.callsWereAlone else { return [] }
            let before = state.kept
            switch outcome {
            case .success: state.kept = before.filter { $0 === handler }
            case .failure: state.kept = before.filter { $0 !== handler }
            }
            return before
        }
        try withExtendedLifetime(before) { try outcome.get() }
    }
}
