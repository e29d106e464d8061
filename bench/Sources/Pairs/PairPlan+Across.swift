import RoostClient

extension PairPlan {
    /// Pairs of these devices: sender i on node i and its receiver on the node after it, so that with several nodes every
    /// message crosses between two.
    static func across(_ nodes: [NodeAddress], devices: [Credentials]) -> [PairPlan] {
        var system = SystemRandomNumberGenerator()
        return (0..<devices.count / 2).map { index in
            PairPlan(
                index: index, stream: UInt64.random(in: 1..<(1 << 53), using: &system), sender: devices[index * 2],
                receiver: devices[index * 2 + 1], senderNode: nodes[index % nodes.count],
                receiverNode: nodes[(index + 1) % nodes.count])
        }
    }
}
