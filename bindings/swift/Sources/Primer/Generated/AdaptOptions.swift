// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// How an adapter is trained. The initial values work for a few dozen to a few thousand sentences.
public struct AdaptOptions: Hashable, Sendable {
    /// What is trained. ``AdaptMethod/initial`` does not read ``layers`` and what starts with adapter_ or lora_;
    /// initially ``AdaptMethod/adapter``.
    public var method: AdaptMethod
    /// How tags are written: ``Scheme/iob2``, also the meaning of ``Scheme/auto``, or ``Scheme/bioes``; initially
    /// ``Scheme/auto``.
    public var scheme: Scheme
    /// Passes over the data; initially 0, for what ``effort`` says: usually about 600 updates, between 3 and 30 passes;
    /// on a model that carries a start 120, between 4 and 10, and none on few mentions.
    public var epochs: Int
    /// Sentences in an update. On a model that carries a start the initial value stands for 4, but with
    /// ``Effort/thorough``; initially 16.
    public var batchSize: Int
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 512.
    public var microBatchPieces: Int
    /// Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
    public var evaluateEvery: Int
    /// Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early
    /// stop.
    public var patience: Int
    /// Trains on this many sentences drawn by the seed; initially 0, for all.
    public var shots: Int
    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file; initially 256. 0 stands for computing them anew in every epoch.
    public var cacheMiB: Int
    /// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit;
    /// initially 0.
    public var seed: UInt64
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    public var learningRate: Double
    /// Peak learning rate of the head; initially 0, for the method's usual one, in proportion where ``learningRate`` is
    /// given, and with ``headOnly`` for that of head tuning.
    public var headLearningRate: Double
    /// AdamW's weight decay; initially 0.01.
    public var weightDecay: Double
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    public var warmup: Double
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    public var clip: Double
    /// The entity types to learn; initially none, for those of the training data.
    public var types: [String]
    /// A name for the adapter's card; initially empty.
    public var name: String
    /// The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
    public var layers: [Int]
    /// Bottleneck and parallel adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width;
    /// half of it for ``AdaptMethod/parallel``.
    public var adapterSize: Int
    /// Bottleneck adapters: one behind self-attention; parallel ones: beside it; initially false.
    public var adapterAttention: Bool
    /// Bottleneck adapters: one behind the feed-forward network; parallel ones: beside it; initially true.
    public var adapterOutput: Bool
    /// Bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation; initially
    /// true.
    public var adapterNormBefore: Bool
    /// Bottleneck and parallel adapters: the non-linearity; initially ``Activation/relu``.
    public var adapterActivation: Activation
    /// LoRA: rank of the updates; initially 8.
    public var loraRank: Int
    /// Bottleneck and parallel adapters: factor of their output. For ``AdaptMethod/parallel`` the initial value stands
    /// for 4; initially 1.
    public var adapterScaling: Double
    /// LoRA: numerator of the scale; initially 0, for twice ``loraRank``.
    public var loraAlpha: Double
    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank); initially false.
    public var loraRSLoRA: Bool
    /// LoRA: the linear layers with an update; initially ``LoRASites/query`` and ``LoRASites/value``.
    public var loraSites: LoRASites
    /// Tokens in an update: as many sentences as fit, at least one; ``batchSize`` must then have its initial value;
    /// initially 0, for updates of ``batchSize`` sentences.
    public var batchPieces: Int
    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit; initially false.
    public var recompute: Bool
    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given; initially false.
    public var headOnly: Bool
    /// The dtype in which the model computes: ``Precision/f32``, which the processor has alone, or on GPUs
    /// ``Precision/bf16``, which is quicker; initially ``Precision/f32``.
    public var precision: Precision
    /// Leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are kept:
    /// what that adapter finds of them in the sentences is learnt, too; initially false.
    public var dropTypes: Bool
    /// Which entity stays where one of the data and one that the initial adapter finds overlap; initially
    /// ``Overlap/new``.
    public var overlap: Overlap
    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially false.
    public var restart: Bool
    /// Progress is told before training, too: ``Stage/encode`` and ``Stage/prefix``, which programs of earlier versions
    /// do not know; initially false.
    public var preparation: Bool
    /// What the method's parameters start from where no adapter to start from is given; initially ``StartChoice/auto``.
    public var start: StartChoice
    /// What the head starts from, but for the rows that an adapter to start from has; initially ``HeadInit/auto``.
    public var headInit: HeadInit
    /// What describes each of ``types`` beside its name, in their order; an empty text where there is nothing to say;
    /// initially none, for names alone.
    public var descriptions: [String]
    /// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once
    /// a sentence; initially 0, for all that the method touches.
    public var trainedLayers: Int
    /// How much is trained where ``epochs``, ``trainedLayers`` and rates are not given; initially ``Effort/usual``.
    public var effort: Effort

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
        loraRank = Int(initial.lora_rank)
        adapterScaling = initial.adapter_scaling
        loraAlpha = initial.lora_alpha
        loraRSLoRA = initial.lora_rslora != 0
        loraSites = LoRASites(rawValue: initial.lora_sites)
        batchPieces = Int(initial.batch_pieces)
        recompute = initial.recompute != 0
        headOnly = initial.head_only != 0
        precision = Precision(rawValue: initial.precision)!
        dropTypes = initial.drop_types != 0
        overlap = Overlap(rawValue: initial.overlap)!
        restart = initial.restart != 0
        preparation = initial.preparation != 0
        start = StartChoice(rawValue: initial.start)!
        headInit = HeadInit(rawValue: initial.head_init)!
        descriptions = UnsafeBufferPointer(start: initial.descriptions, count: initial.description_count).map { String($0) ?? "" }
        trainedLayers = Int(initial.trained_layers)
        effort = Effort(rawValue: initial.effort)!
    }

    private static var initial: primer_adapt_options {
        var options = primer_adapt_options()
        primer_adapt_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    /// Lends the options as the C interface has them.
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
        options.lora_rank = try number(loraRank, "loraRank")
        options.adapter_scaling = adapterScaling
        options.lora_alpha = loraAlpha
        options.lora_rslora = loraRSLoRA ? 1 : 0
        options.lora_sites = loraSites.rawValue
        options.batch_pieces = try number(batchPieces, "batchPieces")
        options.recompute = recompute ? 1 : 0
        options.head_only = headOnly ? 1 : 0
        options.precision = precision.rawValue
        options.drop_types = dropTypes ? 1 : 0
        options.overlap = overlap.rawValue
        options.restart = restart ? 1 : 0
        options.preparation = preparation ? 1 : 0
        options.start = start.rawValue
        options.head_init = headInit.rawValue
        options.trained_layers = try number(trainedLayers, "trainedLayers")
        options.effort = effort.rawValue
        let layers: [UInt32] = try self.layers.map { try number($0, "layers") }
        return try withPrimerStrs(types) { texts in
            options.types = texts
            options.type_count = types.count
            return try name.withPrimerStr { text in
                options.name = text
                return try layers.withUnsafeBufferPointer { list in
                    options.layers = list.baseAddress
                    options.layer_count = list.count
                    return try withPrimerStrs(descriptions) { texts in
                        options.descriptions = texts
                        options.description_count = descriptions.count
                        return try body(&options)
                    }
                }
            }
        }
    }
}
