import CPrimer

/// How a backbone is primed.
@_spi(Experimental)
public enum Algorithm: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// MAML: the loss after a few steps of what a device will do.
    case maml
    /// Multi-task training, the baseline: no inner steps.
    case multiTask
    /// Reptile: a share of the way to where the inner steps lead.
    case reptile

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .maml: PRIMER_ALGORITHM_MAML
        case .multiTask: PRIMER_ALGORITHM_MULTI_TASK
        case .reptile: PRIMER_ALGORITHM_REPTILE
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// Which gradient MAML takes through the inner steps.
@_spi(Experimental)
public enum Order: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// MAML as if the inner steps were fixed: the cheapest.
    case first
    /// The exact gradient through the inner steps.
    case tangents
    /// The same by central differences of gradients.
    case differences

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .first: PRIMER_ORDER_FIRST
        case .tangents: PRIMER_ORDER_TANGENTS
        case .differences: PRIMER_ORDER_DIFFERENCES
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What inner steps change.
@_spi(Experimental)
public enum InnerScope: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The method's parameters and the head, as a device will.
    case phi
    /// The head alone (ANIL).
    case head
    /// Everything, the backbone included (plain MAML).
    case everything

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .phi: PRIMER_INNER_PHI
        case .head: PRIMER_INNER_HEAD
        case .everything: PRIMER_INNER_EVERYTHING
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// What priming learns.
@_spi(Experimental)
public enum OuterScope: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// The backbone, the method's parameters and the head.
    case both
    /// The backbone alone.
    case backbone
    /// The method's parameters and the head alone.
    case phi

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .both: PRIMER_OUTER_BOTH
        case .backbone: PRIMER_OUTER_BACKBONE
        case .phi: PRIMER_OUTER_PHI
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}

/// How numbers are stored in a backbone's file. The C interface gives them the numbers that GGUF files know them by.
@_spi(Experimental)
public enum Storage: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// 32-bit floats.
    case f32
    /// 16-bit floats.
    case f16
    /// 4 bits a number and a scale for 32 numbers.
    case q4_0
    /// 8 bits a number and a scale for 32 numbers.
    case q8_0
    /// The upper half of 32-bit floats.
    case bf16

    /// The number that the C interface gives it.
    public var rawValue: Int32 {
        switch self {
        case .f32: PRIMER_STORAGE_F32
        case .f16: PRIMER_STORAGE_F16
        case .q4_0: PRIMER_STORAGE_Q4_0
        case .q8_0: PRIMER_STORAGE_Q8_0
        case .bf16: PRIMER_STORAGE_BF16
        }
    }

    /// The value of a number; nil where there is none.
    public init?(rawValue: Int32) {
        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = value
    }
}
