import RoostCore
import RoostNode

/// The body of `POST /admin/v1/ring/plan` and `POST /admin/v1/ring/change`.
struct RingChangeBody: Decodable {
    /// `add`, `remove`, `replace`, `forget`, `accept-loss`, `pause`, `resume`, `limit` or `abort`.
    var verb: String
    /// The node that it is about, by name; for `accept-loss` several, with commas between them.
    var node: String?
    /// The node that takes its place, by name.
    var with: String?
    /// The limit; 0 for none.
    var bytesPerSecond: UInt64?

    /// What it asks for.
    func request() throws(AdminRefusal) -> RingRequest {
        switch verb {
        case "add": return .add(try name(node, "node"))
        case "remove": return .remove(try name(node, "node"))
        case "replace": return .replace(try name(node, "node"), with: try name(with, "with"))
        case "forget": return .forget(try name(node, "node"))
        case "accept-loss":
            var names: [String] = []
            for part in try name(node, "node").split(separator: ",").prefix(Limits.membersMax) {
                names.append(String(part))
            }
            return .acceptLoss(names)
        case "pause": return .pause
        case "resume": return .resume
        case "limit":
            guard let bytesPerSecond else { throw .badRequest("limit needs bytesPerSecond") }
            return .limit(bytesPerSecond: bytesPerSecond)
        case "abort": return .abort
        default: throw .badRequest("there is no verb '\(verb.prefix(32))'")
        }
    }

    private func name(_ value: String?, _ field: String) throws(AdminRefusal) -> String {
        guard let value, !value.isEmpty else { throw .badRequest("\(verb) needs '\(field)'") }
        return value
    }
}
