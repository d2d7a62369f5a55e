import CPrimer

/// Options of ``Model/adapt(train:dev:initial:options:checkpoint:progress:)``. The initial values work for a few dozen
/// to a few thousand sentences.
///
/// ```swift
/// var options = AdaptOptions()
/// options.method = .lora
/// options.epochs = 20
/// ```
public struct AdaptOptions: Hashable, Sendable {
    /// Which parameters are trained; initially ``AdaptMethod/adapter``. ``AdaptMethod/initial`` does not read ``layers``
    /// and what starts with `adapter` or `lora`.
    public var method: AdaptMethod
    /// How tags are written: ``Scheme/iob2``, also the meaning of the initial ``Scheme/auto``, or ``Scheme/bioes``.
    public var scheme: Scheme
    /// Passes over the data; initially 0, for about 600 updates, between 3 and 30 passes.
    public var epochs: Int
    /// Sentences in an update; initially 16.
    public var batchSize: Int
    /// Pieces that go through the encoder at once; initially 512. Larger batches are split and their gradients added, so
    /// this bounds memory and the time until a cancellation is noticed.
    public var microBatchPieces: Int
    /// Epochs from one look at the dev data to the next; initially 0, for about ten looks in a run.
    public var evaluateEvery: Int
    /// Looks at the dev data without a better F1 after which training stops; initially 4. 0 never stops early.
    public var patience: Int
    /// Trains on this many sentences drawn by the seed; initially 0, for all.
    public var shots: Int
    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file. Initially 256; 0 computes them anew in every epoch.
    public var cacheMiB: Int
    /// Seed of initialisation, order and shots; initially 0.
    public var seed: UInt64
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    public var learningRate: Double
    /// Peak learning rate of the head; initially 0, for the method's usual one.
    public var headLearningRate: Double
    /// AdamW's weight decay; initially 0.01.
    public var weightDecay: Double
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    public var warmup: Double
    /// Largest norm of an update's gradient; initially 1. 0 for no clipping.
    public var clip: Double
    /// The entity types to learn; initially none, for those of the training data.
    public var types: [String]
    /// A name for the adapter's card; initially empty.
    public var name: String
    /// The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
    public var layers: [Int]
    /// Bottleneck adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width.
    public var adapterSize: Int
    /// Bottleneck adapters: whether there is one behind self-attention; initially not.
    public var adapterAttention: Bool
    /// Bottleneck adapters: whether there is one behind the feed-forward network; initially so.
    public var adapterOutput: Bool
    /// Bottleneck adapters: whether the adapter's input has gone through residual connection and layer normalisation;
    /// initially so.
    public var adapterNormBefore: Bool
    /// Bottleneck adapters: the non-linearity; initially ``Activation/relu``.
    public var adapterActivation: Activation
    /// Bottleneck adapters: factor of their output; initially 1.
    public var adapterScaling: Double
    /// LoRA: rank of the updates; initially 8.
    public var loraRank: Int
    /// LoRA: numerator of the scale; initially 16.
    public var loraAlpha: Double
    /// LoRA: whether the scale is the rank-stabilised one; initially not.
    public var loraRSLoRA: Bool
    /// LoRA: the linear layers with an update; initially queries and values.
    public var loraSites: LoRASites
    /// Pieces in an update: as many sentences as fit, at least one, whatever ``batchSize`` says. Initially 0, for
    /// updates of ``batchSize`` sentences.
    public var batchPieces: Int
    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit. Initially off.
    public var recompute: Bool
    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given. Initially off.
    public var headOnly: Bool
    /// In what numbers the model computes; initially ``Precision/f32``, which the processor has alone. GPUs have
    /// ``Precision/bf16``, too, which is quicker.
    public var precision: Precision

    /// The library's initial values.
    public init() {
        let initial = Self.initial
        // The library's own values have names: the tests see to it.
        method = AdaptMethod(rawValue: initial.method)!
        scheme = Scheme(rawValue: initial.scheme)
        epochs = Int(initial.epochs)
        batchSize = Int(initial.batch_size)
        microBatchPieces = Int(initial.micro_batch_pieces)
        evaluateEvery = Int(initial.evaluate_every)
        patience = Int(initial.patience)
        shots = Int(initial.shots)
        cacheMiB = Int(initial.cache_mib)
        seed = initial.seed
        learningRate = initial.learning_rate
        headLearningRate = initial.head_learning_rate
        weightDecay = initial.weight_decay
        warmup = initial.warmup
        clip = initial.clip
        types = UnsafeBufferPointer(start: initial.types, count: initial.type_count).map { String($0) ?? "" }
        name = String(initial.name) ?? ""
        layers = UnsafeBufferPointer(start: initial.layers, count: initial.layer_count).map { Int($0) }
        adapterSize = Int(initial.adapter_size)
        adapterAttention = initial.adapter_attention != 0
        adapterOutput = initial.adapter_output != 0
        adapterNormBefore = initial.adapter_norm_before != 0
        adapterActivation = Activation(rawValue: initial.adapter_activation)!
        adapterScaling = initial.adapter_scaling
        loraRank = Int(initial.lora_rank)
        loraAlpha = initial.lora_alpha
        loraRSLoRA = initial.lora_rslora != 0
        loraSites = LoRASites(rawValue: initial.lora_sites)
        batchPieces = Int(initial.batch_pieces)
        recompute = initial.recompute != 0
        headOnly = initial.head_only != 0
        precision = Precision(rawValue: initial.precision)!
    }

    private static var initial: primer_adapt_options {
        var options = primer_adapt_options()
        primer_adapt_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    func withC<R>(_ body: (UnsafePointer<primer_adapt_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.method = method.rawValue
        options.scheme = scheme.rawValue
        options.epochs = try number(epochs, "epochs")
        options.batch_size = try number(batchSize, "batchSize")
        options.micro_batch_pieces = try number(microBatchPieces, "microBatchPieces")
        options.evaluate_every = try number(evaluateEvery, "evaluateEvery")
        options.patience = try number(patience, "patience")
        options.shots = try number(shots, "shots")
        options.cache_mib = try number(cacheMiB, "cacheMiB")
        options.seed = seed
        options.learning_rate = learningRate
        options.head_learning_rate = headLearningRate
        options.weight_decay = weightDecay
        options.warmup = warmup
        options.clip = clip
        options.adapter_size = try number(adapterSize, "adapterSize")
        options.adapter_attention = adapterAttention ? 1 : 0
        options.adapter_output = adapterOutput ? 1 : 0
        options.adapter_norm_before = adapterNormBefore ? 1 : 0
        options.adapter_activation = adapterActivation.rawValue
        options.adapter_scaling = adapterScaling
        options.lora_rank = try number(loraRank, "loraRank")
        options.lora_alpha = loraAlpha
        options.lora_rslora = loraRSLoRA ? 1 : 0
        options.lora_sites = loraSites.rawValue
        options.batch_pieces = try number(batchPieces, "batchPieces")
        options.recompute = recompute ? 1 : 0
        options.head_only = headOnly ? 1 : 0
        options.precision = precision.rawValue
        let layers: [UInt32] = try self.layers.map { try number($0, "layers") }
        return try layers.withUnsafeBufferPointer { layers in
            options.layers = layers.baseAddress
            options.layer_count = layers.count
            // The last text is the name.
            return try withPrimerStrs(types + [name]) { texts in
                options.types = texts
                options.type_count = types.count
                options.name = texts[types.count]
                return try body(&options)
            }
        }
    }
}
