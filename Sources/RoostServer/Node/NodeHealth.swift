import Metrics
import NIOCore
import RoostCore
import RoostNode
import RoostStorage
import RoostTransport

/// What the node says about itself to whoever watches it.
struct NodeHealth: HealthService {
    let control: ControlShell
    let registry: PrometheusRegistry

    func readiness() async -> [String] {
        let status = await ownStatus()
        var reasons: [String] = []
        switch status.state {
        case .waiting: reasons.append("no ring: run roost init on one node, once all are started")
        case .draining: reasons.append("stopping")
        case .serving, .unreachable: break
        }
        if status.isDiskFull { reasons.append("disk full: new messages are refused until there is space") }
        return reasons
    }

    func metricsText() async -> String {
        let status = await ownStatus()
        Gauge(label: "roost_ring_epoch").record(status.epoch)
        Gauge(label: "roost_ring_slots_owned").record(status.slots)
        Gauge(label: "roost_sessions").record(status.sessions)
        Gauge(label: "roost_mailbox_pending_messages").record(status.pendingMessages)
        Gauge(label: "roost_log_bytes").record(status.logBytes)
        Gauge(label: "roost_log_written_bytes").record(control.log.bytesWritten)
        Gauge(label: "roost_disk_full").record(status.isDiskFull ? 1 : 0)
        return registry.text()
    }

    private func ownStatus() async -> NodeStatus {
        await withCheckedContinuation { continuation in
            control.loop.execute { control.ownStatus { continuation.resume(returning: $0) } }
        }
    }
}
