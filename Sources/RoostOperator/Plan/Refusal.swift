/// Why a node would not change the ring, and what to do about it.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The node's code for it.
    public var code: String
    /// The node's words.
    public var text: String
    /// What was asked for.
    public var verb: RingVerb
    /// What every command to be typed ends with.
    public var suffix: String

    /// Makes a refusal of what a node answered.
    public init(code: String, text: String, verb: RingVerb, suffix: String = "") {
        self.code = code
        self.text = text
        self.verb = verb
        self.suffix = suffix
    }

    /// Sentences for a person: what is the matter, and what to type.
    public var description: String {
        let what = text.hasSuffix(".") ? text : text + "."
        return advice.map { "\(what)\n\($0)" } ?? what
    }

    private var advice: String? {
        switch code {
        case "NO_RING": "That node waits itself. Ask one of the cluster: --node URL"
        case "NO_SUCH_NODE": "The names there are: roost status\(suffix)"
        case "ALREADY_MEMBER": "Whether its share has arrived: roost rebalance\(suffix)"
        case "ALREADY_LEAVING": "How far it is: roost rebalance\(suffix). To keep it: roost add \(subject)\(suffix)"
        case "NAME_TAKEN": "Start the new node with another --name, or use roost replace."
        case "NODE_DEAD":
            verb.newcomer == nil
                ? "Start it again. If its disk is gone for good: roost forget \(subject)\(suffix)"
                : "Start it, then type this again."
        case "NODE_ALIVE": "To let it give away what it has and leave: roost remove \(subject)\(suffix)"
        case "OTHER_CLUSTER", "WAS_REMOVED": "Start it with an empty data directory, and type this again."
        case "WOULD_BE_EMPTY":
            "Add another node first: roost add NODE\(suffix). To keep those that are leaving: roost rebalance abort\(suffix)"
        case "NOTHING_LOST": "Each slot still has a majority: roost forget \(subject)\(suffix) loses nothing."
        case "TOO_MANY_CHANGES": "Type this again in a few seconds."
        case "UNAVAILABLE": "Who is away: roost status\(suffix). Start them again, then type this again."
        case "OUTCOME_UNKNOWN":
            "It may have been decided or not: roost status\(suffix) tells. Nothing is decided while a majority of the voters is away."
        default: nil
        }
    }

    private var subject: String {
        switch verb {
        case .add(let node), .remove(let node), .forget(let node), .replace(let node, _): node
        case .acceptLoss(let nodes): nodes.first ?? "NODE"
        case .pause, .resume, .limit, .abort: "NODE"
        }
    }
}
