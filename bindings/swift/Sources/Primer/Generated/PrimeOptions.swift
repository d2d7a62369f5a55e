// Generated from interface/ by `make generate`. Do not edit: change the source.

import CPrimer

/// How a backbone is primed; docs/priming.md explains it.
@_spi(Experimental)
public struct PrimeOptions: Hashable, Sendable {
    /// How the model is trained over tasks; initially ``Algorithm/maml``.
    public var algorithm: Algorithm
    /// MAML: how far its gradient goes; initially ``Order/first``.
    public var order: Order
    /// What inner steps change. Not for multi-task training; initially ``InnerScope/phi``.
    public var innerScope: InnerScope
    /// What is learnt in the end; initially ``OuterScope/both``.
    public var outerScope: OuterScope
    /// Inner steps of an episode; initially 1.
    public var innerSteps: Int
    /// Every inner step sees support sentences of its own; initially false.
    public var freshSupport: Bool
    /// Every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain; initially false.
    public var redraw: Bool
    /// The query loss counts after every inner step, not after the last alone; initially false.
    public var multiStepLoss: Bool
    /// Support sentences of an episode, for each inner step; initially 16.
    public var support: Int
    /// Query sentences of an episode; initially 16.
    public var query: Int
    /// Episodes in an update; initially 1.
    public var episodes: Int
    /// Updates; initially 700.
    public var steps: Int
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 1024.
    public var microBatchPieces: Int
    /// How tags are written: ``Scheme/iob2``, also the meaning of ``Scheme/auto``, or ``Scheme/bioes``; initially
    /// ``Scheme/auto``.
    public var scheme: Scheme
    /// Updates from one evaluation on the dev tasks to the next; initially 0, for one at the end.
    public var evaluateEvery: Int
    /// Updates from one checkpoint to the next; initially 50.
    public var checkpointEvery: Int
    /// The dtype in which the model computes: ``Precision/f32``, which the processor has alone, or on GPUs
    /// ``Precision/bf16``, which is quicker; initially ``Precision/f32``.
    public var precision: Precision
    /// The options of the adaptation that the backbone is prepared for: give the ones that the device will use. Of them
    /// the method, the layers and what starts with adapter_ or lora_ are read, and nothing else; not
    /// ``AdaptMethod/full``; initially nil, for bottleneck adapters with their usual settings.
    public var adaptation: AdaptOptions?
    /// Seed of initialisation and episodes: the same seed gives the same result to the bit; initially 0.
    public var seed: UInt64
    /// Step size of the inner gradient descent; initially 0.1.
    public var innerRate: Double
    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at ``innerRate`` (Meta-SGD);
    /// initially 0, for step sizes that stay.
    public var learnInnerRate: Double
    /// Reptile: the share of the way that an update goes; initially 0.1.
    public var reptileRate: Double
    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
    /// equal probabilities; initially 0.
    public var temperature: Double
    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two; initially 1e-4.
    public var encoderRate: Double
    /// Peak learning rate of the embeddings; initially 1e-4.
    public var embeddingRate: Double
    /// Peak learning rate of the method's parameters and the head; initially 1e-3.
    public var methodRate: Double
    /// A layer's learning rate is that of the layer above times this; initially 1.
    public var layerDecay: Double
    /// AdamW's weight decay, for the encoder's layers alone; initially 0.01.
    public var weightDecay: Double
    /// Share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
    public var warmup: Double
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    public var clip: Double
    /// The entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
    public var types: [String]
    /// A name for the cards of backbone and adapter; initially empty.
    public var name: String
    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially false.
    public var restart: Bool
    /// What an episode tags, and where its head comes from; initially ``EpisodeHead/shared``.
    public var head: EpisodeHead
    /// With ``EpisodeHead/made``, the share of the episodes in which the head is made of words alone, without names;
    /// initially 0.3.
    public var nameless: Double
    /// With ``EpisodeHead/made``, tokens of a sentence that an episode takes at most; what stands further behind is
    /// more of the same sentence, and costs as much as further sentences; initially 100.
    public var episodeTokens: Int

    /// The library's initial values.
    public init() {
        let initial = Self.initial
        // The library's own values have names: the tests see to it.
        algorithm = Algorithm(rawValue: initial.algorithm)!
        order = Order(rawValue: initial.order)!
        innerScope = InnerScope(rawValue: initial.inner_scope)!
        outerScope = OuterScope(rawValue: initial.outer_scope)!
        innerSteps = Int(initial.inner_steps)
        freshSupport = initial.fresh_support != 0
        redraw = initial.redraw != 0
        multiStepLoss = initial.multi_step_loss != 0
        support = Int(initial.support)
        query = Int(initial.query)
        episodes = Int(initial.episodes)
        steps = Int(initial.steps)
        microBatchPieces = Int(initial.micro_batch_pieces)
        scheme = Scheme(rawValue: initial.scheme)
        evaluateEvery = Int(initial.evaluate_every)
        checkpointEvery = Int(initial.checkpoint_every)
        precision = Precision(rawValue: initial.precision)!
        adaptation = initial.adaptation == nil ? nil : AdaptOptions()
        seed = initial.seed
        innerRate = initial.inner_rate
        learnInnerRate = initial.learn_inner_rate
        reptileRate = initial.reptile_rate
        temperature = initial.temperature
        encoderRate = initial.encoder_rate
        embeddingRate = initial.embedding_rate
        methodRate = initial.method_rate
        layerDecay = initial.layer_decay
        weightDecay = initial.weight_decay
        warmup = initial.warmup
        clip = initial.clip
        types = UnsafeBufferPointer(start: initial.types, count: initial.type_count).map { String($0) ?? "" }
        name = String(initial.name) ?? ""
        restart = initial.restart != 0
        head = EpisodeHead(rawValue: initial.head)!
        nameless = initial.nameless
        episodeTokens = Int(initial.episode_tokens)
    }

    private static var initial: primer_prime_options {
        var options = primer_prime_options()
        primer_prime_options_init(&options, MemoryLayout.size(ofValue: options))
        return options
    }

    /// Lends the options as the C interface has them.
    func withC<R>(_ body: (UnsafePointer<primer_prime_options>) throws -> R) throws -> R {
        var options = Self.initial
        options.algorithm = algorithm.rawValue
        options.order = order.rawValue
        options.inner_scope = innerScope.rawValue
        options.outer_scope = outerScope.rawValue
        options.inner_steps = try number(innerSteps, "innerSteps")
        options.fresh_support = freshSupport ? 1 : 0
        options.redraw = redraw ? 1 : 0
        options.multi_step_loss = multiStepLoss ? 1 : 0
        options.support = try number(support, "support")
        options.query = try number(query, "query")
        options.episodes = try number(episodes, "episodes")
        options.steps = try number(steps, "steps")
        options.micro_batch_pieces = try number(microBatchPieces, "microBatchPieces")
        options.scheme = scheme.rawValue
        options.evaluate_every = try number(evaluateEvery, "evaluateEvery")
        options.checkpoint_every = try number(checkpointEvery, "checkpointEvery")
        options.precision = precision.rawValue
        options.seed = seed
        options.inner_rate = innerRate
        options.learn_inner_rate = learnInnerRate
        options.reptile_rate = reptileRate
        options.temperature = temperature
        options.encoder_rate = encoderRate
        options.embedding_rate = embeddingRate
        options.method_rate = methodRate
        options.layer_decay = layerDecay
        options.weight_decay = weightDecay
        options.warmup = warmup
        options.clip = clip
        options.restart = restart ? 1 : 0
        options.head = head.rawValue
        options.nameless = nameless
        options.episode_tokens = try number(episodeTokens, "episodeTokens")
        return try adaptation.withC { other in
            options.adaptation = other
            return try withPrimerStrs(types) { texts in
                options.types = texts
                options.type_count = types.count
                return try name.withPrimerStr { text in
                    options.name = text
                    return try body(&options)
                }
            }
        }
    }
}
