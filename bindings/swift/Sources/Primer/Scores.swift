import CPrimer

extension Model {
    /// Tags a data set and compares the entities with the data's own.
    ///
    /// It runs on threads of its own; no thread of Swift's is kept waiting. Cancelling the task stops it.
    ///
    /// - Throws: `CancellationError`, or ``PrimerError`` with ``Status/mismatch`` for another model's adapter;
    ///   ``Status/invalidArgument``.
    public func evaluate(_ adapter: Adapter, on dataset: Dataset) async throws -> Scores {
        try await inBackground { token in
            try Scores { scores, json, error in
                withExtendedLifetime((self, adapter, dataset, token)) {
                    primer_evaluate(self.handle, adapter.handle, dataset.handle, token.handle, scores, json, error)
                }
            }
        }
    }
}

/// Scores over all types together (micro), equal to those of Python's seqeval.
public struct Scores: Hashable, Sendable {
    /// How many sentences were compared.
    public let sentences: Int
    /// As seqeval scores by default.
    public let micro: Score
    /// As seqeval scores with mode="strict".
    public let strictMicro: Score
    /// The share of the words whose tag is the true one, O included.
    public let accuracy: Double
    /// All numbers as a JSON object: micro, macro, weighted, accuracy and types at the top, the strict ones below
    /// "strict".
    public let json: String

    /// Makes a call that gives scores.
    init(
        _ call: (
            UnsafeMutablePointer<primer_scores>, UnsafeMutablePointer<OpaquePointer?>,
            UnsafeMutablePointer<OpaquePointer?>
        ) throws -> primer_status
    ) throws {
        var scores = primer_scores()
        scores.struct_size = UInt32(MemoryLayout.size(ofValue: scores))
        let json = try PrimerError.handle { out, error in try call(&scores, out, error) }
        self.init(scores, json: String(taking: json))
    }

    init(_ scores: primer_scores, json: String) {
        sentences = Int(clamping: scores.sentences)
        micro = Score(scores.micro)
        strictMicro = Score(scores.strict_micro)
        accuracy = scores.accuracy
        self.json = json
    }
}

/// Precision, recall and F1 over entities, each in 0 to 1, with the counts behind them. A division by zero gives 0.
public struct Score: Hashable, Sendable {
    /// The share of the predicted entities that are right.
    public let precision: Double
    /// The share of the true entities that were found.
    public let recall: Double
    /// The harmonic mean of precision and recall.
    public let f1: Double
    /// How many entities the truth has.
    public let support: Int
    /// How many entities were predicted.
    public let predicted: Int
    /// How many predicted entities are right.
    public let correct: Int

    init(_ score: primer_score) {
        precision = score.precision
        recall = score.recall
        f1 = score.f1
        support = Int(clamping: score.support)
        predicted = Int(clamping: score.predicted)
        correct = Int(clamping: score.correct)
    }
}
