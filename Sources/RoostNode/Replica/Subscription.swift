import RoostCore

/// A session that a replica pushes to.
struct Subscription: Equatable, Sendable {
    /// Where pushes go.
    var gateway: NodeID
    /// Which session there.
    var session: GatewayToken
    /// Orders the sessions of the device.
    var sessionNumber: UInt64
    let device: DeviceID
    var mode: ReplicaRequest.Subscribe.Mode
    var window: Int
    /// The arrival up to which everything has been pushed or passed over.
    var cursor: UInt64 = 0
    /// A read of the log is under way for it: nothing is pushed past it meanwhile.
    var isReading = false
    /// Per stream, what has been pushed in this session and not acknowledged.
    var flows: [StreamKey: Flow] = [:]
    /// The sum over ``flows``.
    var outstanding = 0

    /// One stream's share of the window.
    struct Flow: Equatable, Sendable {
        var pushed: StreamNumber
        var acknowledged: StreamNumber
    }

    /// Counts a message as pushed. False when the session has it already.
    mutating func push(_ key: StreamKey, number: StreamNumber, watermark: StreamNumber) -> Bool {
        if let flow = flows[key] {
            guard number > flow.pushed else { return false }
            outstanding += Int(number - flow.pushed)
            flows[key] = Flow(pushed: number, acknowledged: flow.acknowledged)
        } else {
            // Numbers between the watermark and this one are another replica's to push; they take no room here.
            outstanding += 1
            flows[key] = Flow(pushed: number, acknowledged: number - 1)
        }
        return true
    }

    /// Takes what the device has stored out of the count.
    mutating func acknowledge(_ key: StreamKey, upTo: StreamNumber) {
        guard let flow = flows[key], upTo > flow.acknowledged else { return }
        let stored = min(upTo, flow.pushed)
        outstanding -= Int(stored - flow.acknowledged)
        if stored == flow.pushed {
            flows.removeValue(forKey: key)
        } else {
            flows[key] = Flow(pushed: flow.pushed, acknowledged: stored)
        }
    }
}
