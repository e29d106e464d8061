/// How a change of members has ended, as the ring tells it.
public enum MoveEnd: String, Codable, Equatable, Sendable {
    /// It is as it was asked for.
    case done
    /// Another change called it off.
    case calledOff

    /// What has become of the change; `nil` while it goes on.
    public static func of(_ verb: RingVerb, in progress: MoveProgress) -> MoveEnd? {
        let members = progress.nodes.map(\.node)
        switch verb {
        case .add(let node):
            guard members.contains(node) else { return .calledOff }
            return progress.isAtRest ? .done : nil
        case .remove(let node), .forget(let node), .acceptLoss(let node):
            guard members.contains(node) else { return .done }
            return progress.isAtRest ? .calledOff : nil
        case .replace(let old, let new):
            guard progress.isAtRest else { return members.contains(new) ? nil : .calledOff }
            return members.contains(new) && !members.contains(old) ? .done : .calledOff
        case .abort:
            return progress.isAtRest ? .done : nil
        case .pause, .resume, .limit:
            return .done
        }
    }
}
