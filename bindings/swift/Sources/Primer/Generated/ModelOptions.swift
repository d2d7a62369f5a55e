// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// How a backbone is loaded.
public struct ModelOptions: Hashable, Sendable {
    /// Threads that tagging and training with this model use; initially 0, for all that the machine offers.
    public var threads: Int
    /// Keeps the encoder's matrices in memory as the file has them and expands each while it is used: less memory, a
    /// little slower, the same numbers; initially false.
    public var quantised: Bool
    /// Reads all of a GGUF file and compares it with the fingerprint that it carries, so that damage anywhere is found
    /// on loading. Without it only what is needed is read, and damage among the weights shows as wrong numbers;
    /// initially true.
    public var verify: Bool
    /// Where the model computes: all that is done with it, tagging, adaptation and priming. ``quantised`` is for the
    /// processor alone; initially ``Device/cpu``.
    public var device: Device
    /// Which GPU, from 0, where ``device`` is ``Device/cuda``; else 0; initially 0.
    public var deviceNumber: Int

    /// The library's initial values.
    public init() {
        let initial = Self.initial
        // The library's own values have names: the tests see to it.
        threads = Int(initial.threads)
        quantised = initial.quantised != 0
        verify = initial.verify != 0
        device = Device(rawValue: initial.device)
        deviceNumber = Int(initial.device_number)
    }

    private static var initial: primer_model_options {
        var options = primer_model_options()
        primer_model_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    /// Lends the options as the C interface has them.
    func withC<R>(_ body: (UnsafePointer<primer_model_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.threads = try number(threads, "threads")
        options.quantised = quantised ? 1 : 0
        options.verify = verify ? 1 : 0
        options.device = device.rawValue
        options.device_number = try number(deviceNumber, "deviceNumber")
        return try body(&options)
    }
}
