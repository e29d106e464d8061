/// The answer of `POST /admin/v1/ring/plan`: what a change would do.
public struct RingPlan: Codable, Equatable, Sendable {
    /// What one node holds before and after.
    public struct Share: Codable, Equatable, Sendable {
        /// The node's name.
        public var node: String
        /// Slots it has a copy of now.
        public var before: Int
        /// And when everything has moved.
        public var after: Int
    }

    /// The ring that it starts from.
    public var epoch: UInt64
    /// Every node that has a share, before or after.
    public var shares: [Share]
    /// Copies of slots that move.
    public var replicasToMove: Int
    /// What they hold, about.
    public var bytesToMove: Int
    /// What one should know before saying yes.
    public var warnings: [String]
}

extension RingPlan {
    /// The plan as a page of text.
    public func lines(for verb: RingVerb) -> [String] {
        var lines = ["\(verb.title) (epoch \(epoch)):", ""]
        let before = shares.reduce(0) { $0 + $1.before }
        let after = shares.reduce(0) { $0 + $1.after }
        lines +=
            TextTable(
                ["NODE", "SLOTS NOW", "THEN", "CHANGE", "SHARE NOW", "THEN"],
                shares.map { share in
                    [
                        share.node, "\(share.before)", "\(share.after)", RingPlan.change(share.after - share.before),
                        Percentage.text(share.before, of: before), Percentage.text(share.after, of: after),
                    ]
                }
            ).lines
        lines.append("")
        if replicasToMove == 0 {
            lines.append("Nothing moves.")
        } else {
            let copies = replicasToMove == 1 ? "1 copy of a slot moves" : "\(replicasToMove) copies of slots move"
            lines.append("\(copies), about \(ByteCount.text(bytesToMove)). The cluster serves meanwhile.")
        }
        return lines + warnings.map { "Warning: \($0)" }
    }

    private static func change(_ difference: Int) -> String {
        difference > 0 ? "+\(difference)" : difference < 0 ? "−\(-difference)" : "0"
    }
}
