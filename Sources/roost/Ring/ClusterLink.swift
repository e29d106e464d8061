import Foundation
import NIOHTTP1
import RoostClient
import RoostOperator

/// Asks a node, and the others of this machine when that one is gone: a node that is being removed, or that dies, ends no
/// command that watches the cluster.
struct ClusterLink {
    private var nodes: [NodeAddress]

    init(_ node: NodeAddress) {
        nodes = [node]
    }

    /// The node that is asked first.
    var node: NodeAddress { nodes[0] }

    /// Learns where else to ask.
    mutating func learn(_ reports: [NodeReport]) {
        for report in reports where report.state != "waiting" && report.state != "unreachable" {
            // A node may advertise what is no address from here; it is not asked then.
            guard let address = NodeAddress.read(report.clientAddress), !nodes.contains(address) else { continue }
            nodes.append(address)
        }
    }

    mutating func get<Answer: Decodable>(_ path: String, as: Answer.Type) async throws -> Answer {
        var first: ClientError?
        for _ in nodes.indices {
            do throws(ClientError) {
                return try decode(try await NodeResources(node).get(path), of: path)
            } catch {
                guard error.isOfOneNode else { throw error }
                if first == nil { first = error }
                nodes.append(nodes.removeFirst())
            }
        }
        throw first ?? .invalidAddress("no node")
    }

    /// Asks the first node only: what changes something is not asked for twice.
    func post<Answer: Decodable>(_ path: String, _ value: some Encodable, as: Answer.Type) async throws -> Answer {
        try decode(try await NodeResources(node).post(path, value), of: path)
    }

    private func decode<Answer: Decodable>(_ body: [UInt8], of path: String) throws(ClientError) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body))
        } catch {
            throw .malformedAnswer(url: "\(node)\(path)", reason: "\(error)")
        }
    }
}

extension NodeAddress {
    fileprivate static func read(_ text: String) -> NodeAddress? {
        do throws(ClientError) {
            return try NodeAddress(text)
        } catch {
            return nil
        }
    }
}

extension ClientError {
    /// Whether another node may well answer.
    var isOfOneNode: Bool {
        switch self {
        case .unreachable, .timedOut, .connectionLost: true
        case .refused(_, _, let code, _): code == "NOT_FROM_HERE" || code == "NO_RING"
        case .invalidAddress, .malformedAnswer: false
        }
    }
}
