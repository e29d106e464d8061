import RoostCore
import RoostMembership
import RoostNode
import RoostRing

/// `POST /admin/v1/ring/change` and `/plan`: what is wanted of the ring.
struct RingChangeRequest: Codable, Equatable, Sendable {
    /// `add`, `remove`, `replace`, `forget`, `pause`, `resume`, `limit`, `abort` or `accept-loss`.
    var verb: String
    /// The name of the node that it is about; of several, for `accept-loss`, with commas.
    var node: String?
    /// The name of the node that comes, for `replace`.
    var with: String?
    /// For `limit`.
    var bytesPerSecond: UInt64?

    /// What is wrong with a request, as the answer says it.
    struct Refusal: Error {
        let status: Int
        let code: String
        let text: String
    }

    /// The change, as the ring and the gossip of this node see the names in it.
    func change(in record: EpochRecord, _ known: [MemberStatusEntry]) throws(Refusal) -> RingChange {
        switch verb {
        case "add": return .add(try newcomer(named: node, in: record, known))
        case "remove":
            let member = try member(named: node, in: record)
            guard isAlive(member, known) else {
                throw Refusal(
                    status: 409, code: "NODE_DEAD", text: "\(member.name) does not answer: roost forget \(member.name)")
            }
            return .remove(member.id)
        case "forget":
            let member = try member(named: node, in: record)
            guard !isAlive(member, known) else {
                throw Refusal(
                    status: 409, code: "NODE_ALIVE", text: "\(member.name) answers: roost remove \(member.name)")
            }
            return .remove(member.id)
        case "replace":
            return .replace(
                try member(named: node, in: record).id, with: try newcomer(named: with, in: record, known))
        case "pause": return .pause
        case "resume": return .resume
        case "abort": return .abort
        case "limit":
            guard let bytesPerSecond else { throw missing("bytesPerSecond") }
            return .limit(bytesPerSecond: bytesPerSecond)
        case "accept-loss":
            guard let node else { throw missing("node") }
            var lost: [NodeID] = []
            for name in node.split(separator: ",") { lost.append(try member(named: String(name), in: record).id) }
            return .acceptLoss(lost)
        default:
            throw Refusal(status: 400, code: "BAD_REQUEST", text: "no such verb: \(verb)")
        }
    }

    private func missing(_ field: String) -> Refusal {
        Refusal(status: 400, code: "BAD_REQUEST", text: "\(verb) needs \(field)")
    }

    private func member(named name: String?, in record: EpochRecord) throws(Refusal) -> Member {
        guard let name else { throw missing("node") }
        guard let member = record.members.first(where: { $0.name == name || $0.id.description == name }) else {
            let names = record.members.map(\.name).joined(separator: ", ")
            throw Refusal(status: 409, code: "NOT_A_MEMBER", text: "no member is named \(name); there are \(names)")
        }
        return member
    }

    private func isAlive(_ member: Member, _ known: [MemberStatusEntry]) -> Bool {
        known.contains { $0.description.id == member.id && $0.status == .alive }
    }

    /// A node that waits to be added, as gossip describes it.
    private func newcomer(
        named name: String?, in record: EpochRecord, _ known: [MemberStatusEntry]
    ) throws(Refusal) -> Member {
        guard let name else { throw missing(verb == "add" ? "node" : "with") }
        if let leaver = record.members.first(where: { $0.name == name && $0.standing == .leaving }) { return leaver }
        let named = known.filter { $0.description.name == name || $0.description.id.description == name }
        let isMember = record.members.contains { $0.name == name }
        guard let entry = named.first(where: { $0.cluster.isZero && $0.status == .alive }) ?? named.first else {
            throw Refusal(
                status: 404, code: "NO_SUCH_NODE",
                text: "no node named \(name) is known here: is it started, with seeds that reach this cluster?")
        }
        let node = entry.description
        if record.members.contains(where: { $0.id == node.id }) || isMember && entry.cluster == record.clusterID {
            throw Refusal(status: 409, code: "ALREADY_MEMBER", text: "\(name) is a member already")
        }
        guard entry.cluster.isZero else {
            throw Refusal(status: 409, code: "OTHER_CLUSTER", text: "\(name) belongs to cluster \(entry.cluster)")
        }
        guard entry.status == .alive else {
            throw Refusal(status: 409, code: "NODE_DEAD", text: "\(name) does not answer")
        }
        return Member(
            id: node.id, name: node.name, zone: node.zone, address: node.address, clientAddress: node.clientAddress)
    }
}

extension RingChangeError {
    /// How the answer says it.
    var refusal: RingChangeRequest.Refusal {
        let (code, text): (String, String) =
            switch self {
            case .alreadyMember(let name): ("ALREADY_MEMBER", "\(name) is a member already")
            case .nameTaken(let name): ("NAME_TAKEN", "another member is named \(name)")
            case .notAMember(let node): ("NOT_A_MEMBER", "\(node) is no member")
            case .alreadyLeaving(let name): ("ALREADY_LEAVING", "\(name) is leaving already")
            case .wouldBeEmpty: ("WOULD_BE_EMPTY", "nobody would be left")
            case .nothingToAbort: ("NOTHING_TO_ABORT", "nobody is coming or leaving")
            case .nothingToChange: ("NOTHING_TO_CHANGE", "it is so already")
            case .nothingLost: ("NOTHING_LOST", "every slot has a majority of its owners without these nodes")
            case .invalid(let error): ("IMPOSSIBLE", "the ring that would come of it breaks a rule: \(error)")
            }
        return .init(status: 409, code: code, text: text)
    }
}
