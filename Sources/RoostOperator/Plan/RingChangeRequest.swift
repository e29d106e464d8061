/// The body of `POST /admin/v1/ring/plan` and of `POST /admin/v1/ring/change`.
public struct RingChangeRequest: Codable, Equatable, Sendable {
    /// `add`, `remove`, `replace`, `forget`, `pause`, `resume`, `limit`, `abort` or `accept-loss`.
    public var verb: String
    /// The name of the node that it is about; of several, with commas between them.
    public var node: String?
    /// The name of the node that takes its place.
    public var with: String?
    /// The limit; 0 for none.
    public var bytesPerSecond: UInt64?

    /// Asks for this.
    public init(_ verb: RingVerb) {
        switch verb {
        case .add(let node): (self.verb, self.node) = ("add", node)
        case .remove(let node): (self.verb, self.node) = ("remove", node)
        case .replace(let old, let new): (self.verb, self.node, with) = ("replace", old, new)
        case .forget(let node): (self.verb, self.node) = ("forget", node)
        case .acceptLoss(let nodes): (self.verb, self.node) = ("accept-loss", nodes.joined(separator: ","))
        case .pause: self.verb = "pause"
        case .resume: self.verb = "resume"
        case .limit(let bytes): (self.verb, bytesPerSecond) = ("limit", bytes)
        case .abort: self.verb = "abort"
        }
    }
}
