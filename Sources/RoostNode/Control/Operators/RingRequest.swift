import RoostCore
import RoostMembership
import RoostRing

/// What an operator asks of the ring, in the operator's words: nodes by their names.
public enum RingRequest: Equatable, Sendable {
    /// A node that waits becomes a member.
    case add(String)
    /// A member that is alive leaves.
    case remove(String)
    /// A node that waits takes the place of a member.
    case replace(String, with: String)
    /// A member that is dead is a member no more.
    case forget(String)
    /// These members are dead and their disks lost: what was only there is given up.
    case acceptLoss([String])
    /// Nothing more begins to move.
    case pause
    /// Moving goes on.
    case resume
    /// Bytes a second that each node takes in at most; 0 for no limit.
    case limit(bytesPerSecond: UInt64)
    /// Who was coming goes, who was leaving stays.
    case abort
}

/// Why a request is no change of the ring.
public enum RingRequestError: Error, Equatable, Sendable {
    /// This node knows no ring.
    case noRing
    /// No node of this name is known here.
    case unknownNode(String)
    /// No member has this name.
    case notAMember(String)
    /// The node has a share already.
    case alreadyMember(String)
    /// The node does not answer.
    case isDead(String)
    /// The node is not dead.
    case isAlive(String)
    /// The node belongs to another cluster.
    case otherCluster(String, ClusterID)
    /// The node was a member once; what its directory holds is of no use any more.
    case wasRemoved(String)
}

extension ControlMachine {
    /// The change that a request means, by what gossip knows of the nodes: an opinion, that keeps operators from mistakes.
    public func change(for request: RingRequest) throws(RingRequestError) -> RingChange {
        guard let record else { throw .noRing }
        switch request {
        case .add(let name):
            let node = try newcomer(name, record)
            return record.members.contains { $0.id == node.id } ? .keep(node.id) : .add(node)
        case .remove(let name):
            let member = try member(name, record)
            guard !isDead(member.id) else { throw .isDead(name) }
            return .remove(member.id)
        case .replace(let old, let new):
            return .replace(try member(old, record).id, with: try newcomer(new, record))
        case .forget(let name):
            let member = try member(name, record)
            guard isDead(member.id) else { throw .isAlive(name) }
            return .remove(member.id)
        case .acceptLoss(let names):
            var lost = record.members.filter { $0.standing == .leaving && isDead($0.id) }.map(\.id)
            for name in names {
                let member = try member(name, record)
                guard isDead(member.id) else { throw .isAlive(name) }
                if !lost.contains(member.id) { lost.append(member.id) }
            }
            return .acceptLoss(lost)
        case .pause: return .pause
        case .resume: return .resume
        case .limit(let bytesPerSecond): return .limit(bytesPerSecond: bytesPerSecond)
        case .abort: return .abort
        }
    }

    /// The members that gossip holds for dead, or that have said goodbye and not come back.
    public var deadMembers: [NodeID] {
        record?.members.map(\.id).filter { isDead($0) } ?? []
    }

    private func member(_ name: String, _ record: EpochRecord) throws(RingRequestError) -> Member {
        guard let member = record.members.first(where: { $0.name == name }) else {
            throw members.contains { $0.description.name == name } ? .notAMember(name) : .unknownNode(name)
        }
        return member
    }

    func isDead(_ node: NodeID) -> Bool {
        !(members.first { $0.description.id == node }?.status.isPresent ?? false)
    }

    /// A node that waits, or one that is leaving and is to stay. Of several of one name the one that can come is meant.
    /// One that gossip only suspects will do: it has just been started and nothing moves to it before it answers.
    private func newcomer(_ name: String, _ record: EpochRecord) throws(RingRequestError) -> Member {
        let named = members.filter { entry in
            entry.description.name == name && !record.members.contains { $0.id == entry.description.id }
        }
        if let waiting = named.first(where: { $0.status.isPresent && $0.cluster.isZero }) {
            let node = waiting.description
            return Member(
                id: node.id, name: node.name, zone: node.zone, address: node.address, clientAddress: node.clientAddress)
        }
        if let member = record.members.first(where: { $0.name == name }) {
            guard member.standing == .leaving else { throw .alreadyMember(name) }
            guard !isDead(member.id) else { throw .isDead(name) }
            return member
        }
        guard let other = named.first(where: \.status.isPresent) ?? named.first else { throw .unknownNode(name) }
        guard other.status.isPresent else { throw .isDead(name) }
        throw other.cluster == record.clusterID ? .wasRemoved(name) : .otherCluster(name, other.cluster)
    }
}
