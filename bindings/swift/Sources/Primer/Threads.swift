#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Android)
import Android
#endif

// Calls into the library may take minutes. They run on threads of their own: those of Swift and of Dispatch are few, and
// on Linux the same; were they kept waiting, everything else in the program would stand still.

/// Runs a body on a new thread.
///
/// - Throws: ``PrimerError`` where the system gives no thread.
func startThread(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // As Rust's own threads have; on Apple platforms it would be a quarter of it.
    pthread_attr_setstacksize(&attributes, 2 << 20)

    let job = Unmanaged.passRetained(Job(body))
    #if canImport(Darwin)
    var thread: pthread_t?
    let status = pthread_create(&thread, &attributes, { Job.run($0) }, job.toOpaque())
    #else
    var thread = pthread_t()
    let status = pthread_create(&thread, &attributes, { Job.run($0!) }, job.toOpaque())
    #endif
    guard status == 0 else {
        job.release()
        throw PrimerError(.io, "the system gives no thread: \(String(cString: strerror(status)))")
    }
}

/// What a thread has to do.
private final class Job {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// Runs the job behind a pointer and lets go of it.
    static func run(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body()
        return nil
    }
}

/// Runs jobs one after the other on a thread that lives as long as there are any.
final class Worker: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var hasThread = false
    }
    private let state = Locked(State())

    /// Adds a job.
    ///
    /// - Throws: ``PrimerError`` where the system gives no thread.
    func submit(_ job: @escaping @Sendable () -> Void) throws {
        try state.withLock { state in
            if !state.hasThread {
                try startThread { self.run() }
                state.hasThread = true
            }
            state.waiting.append(job)
        }
    }

    private func run() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.hasThread = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}

/// A value that one thread at a time reaches.
final class Locked<Value>: @unchecked Sendable {
    // `value` is touched only with the mutex held, which may not move in memory.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
