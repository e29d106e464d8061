/// The answer of `GET /admin/v1/safe-to-stop`.
public struct SafeToStop: Codable, Equatable, Sendable {
    /// The node's name.
    public var node: String
    /// Whether every slot of the node keeps a majority without it.
    public var safe: Bool
    /// Why, or why not.
    public var reason: String
}

extension SafeToStop {
    /// One sentence.
    public var line: String {
        safe ? "\(node) may stop: \(reason)" : "\(node) must not stop now: \(reason)"
    }
}
