/// What an operator asks of the ring.
public enum RingVerb: Equatable, Sendable {
    /// A node that waits gets its share.
    case add(String)
    /// A member gives its share away and leaves.
    case remove(String)
    /// A node that waits takes the place of a member.
    case replace(String, with: String)
    /// A dead member's share is made anew from the other copies.
    case forget(String)
    /// Dead members are forgotten, and what was only on their disks is given up.
    case acceptLoss([String])
    /// Nothing more begins to move.
    case pause
    /// Moving goes on.
    case resume
    /// Bytes a second that each node takes in at most; 0 for no limit.
    case limit(UInt64)
    /// Who was coming goes, who was leaving stays.
    case abort

    /// Whether copies move because of it.
    public var movesCopies: Bool {
        switch self {
        case .add, .remove, .replace, .forget, .acceptLoss, .abort: true
        case .pause, .resume, .limit: false
        }
    }

    /// What it does, as the head of its plan.
    public var title: String {
        switch self {
        case .add(let node): "Add \(node)"
        case .remove(let node): "Remove \(node)"
        case .replace(let old, let new): "Replace \(old) by \(new)"
        case .forget(let node): "Forget \(node)"
        case .acceptLoss(let nodes): "Forget \(NameList.text(nodes)) and give up what was only there"
        case .pause: "Pause the move"
        case .resume: "Go on with the move"
        case .limit(0): "Take the limit off the move"
        case .limit(let bytes): "Limit what each node takes in to \(ByteCount.rate(Double(bytes)))"
        case .abort: "Call the move off"
        }
    }

    /// What is said when it has been done; commands to be typed end with `suffix`.
    public func end(suffix: String) -> String {
        switch self {
        case .add(let node): "\(node) is a member and has its share."
        case .remove(let node): "\(node) has left. Its process ends by itself; its data directory is of no more use."
        case .replace(let old, let new):
            "\(new) has taken the place of \(old). \(old) is no member any more and must not be started again."
        case .forget(let node): "\(node) is forgotten. It must not be started again with the data it had."
        case .acceptLoss(let nodes):
            "Forgotten: \(NameList.text(nodes)). None of them may be started again with the data it had."
        case .pause: "Nothing more begins to move; what is on its way arrives. Go on: roost rebalance resume\(suffix)"
        case .resume: "Moving goes on."
        case .limit(0): "There is no limit now."
        case .limit(let bytes): "Each node takes in \(ByteCount.rate(Double(bytes))) at most."
        case .abort: "The move is called off: who was coming has gone, who was leaving stays."
        }
    }
}
