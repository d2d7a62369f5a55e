// All that this module has to do with Foundation: on Linux its small part, without ICU, is enough.
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension PrimerError: LocalizedError {
    /// The message, which is in English.
    public var errorDescription: String? { message }
}

extension Model {
    /// As ``init(path:options:)``, for a file URL.
    public convenience init(contentsOf url: URL, options: ModelOptions = ModelOptions()) throws {
        try self.init(path: url.filePath(), options: options)
    }
}

extension Dataset {
    /// As ``init(path:options:)``, for a file URL.
    public convenience init(contentsOf url: URL, options: DatasetOptions = DatasetOptions()) throws {
        try self.init(path: url.filePath(), options: options)
    }
}

extension Adapter {
    /// As ``init(path:model:)``, for a file URL.
    public convenience init(contentsOf url: URL, model: Model) throws {
        try self.init(path: url.filePath(), model: model)
    }

    /// As ``save(path:)``, for a file URL.
    public func write(to url: URL) throws {
        try save(path: url.filePath())
    }

    /// As ``saveONNX(path:)``, for a file URL.
    public func writeONNX(to url: URL) throws {
        try saveONNX(path: url.filePath())
    }
}

extension Tagger {
    /// As ``init(onnx:options:)``, for a file URL.
    public convenience init(onnxContentsOf url: URL, options: TaggerOptions = TaggerOptions()) throws {
        try self.init(onnx: url.filePath(), options: options)
    }
}

extension URL {
    fileprivate func filePath() throws -> String {
        guard isFileURL else { throw PrimerError(.invalidArgument, "\(absoluteString) is no file URL") }
        return withUnsafeFileSystemRepresentation { $0.map { String(cString: $0) } } ?? path
    }
}
