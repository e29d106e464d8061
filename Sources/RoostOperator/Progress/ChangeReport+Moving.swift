/// How a change of members has ended, as the ring tells it.
extension ChangeReport.Outcome {
    /// What has become of the change; `nil` while it goes on.
    public static func of(_ verb: RingVerb, in progress: MoveProgress) -> ChangeReport.Outcome? {
        let members = progress.nodes.map(\.node)
        func gone(_ nodes: [String]) -> ChangeReport.Outcome? {
            guard nodes.contains(where: members.contains) else { return .done }
            return progress.isAtRest ? .calledOff : nil
        }
        switch verb {
        case .add(let node):
            guard members.contains(node) else { return .calledOff }
            return progress.isAtRest ? .done : nil
        case .remove(let node), .forget(let node):
            return gone([node])
        case .acceptLoss(let nodes):
            return gone(nodes)
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
