import ArgumentParser
import Foundation
import RoostClient
import RoostCore

/// Finds the stored session of a user, and gets a new one from a node where there is none.
struct ChatAccess {
    let user: Address
    let nodes: [NodeAddress]
    let givenPassword: String?
    let isNewAccount: Bool

    /// The store of this user in the cluster that the nodes are of. With no node in reach, the only one there is.
    func openStore() async throws -> ChatStore {
        let directory = ChatStore.directory()
        var failure: ClientError?
        for node in nodes {
            do {
                let cluster = try await clusterName(node)
                return try ChatStore(path: "\(directory)/\(user)@\(cluster).json")
            } catch let error as ClientError {
                failure = error
            }
        }
        let known = ChatStore.names(in: directory).filter { $0.hasPrefix("\(user)@") }
        if known.count == 1 { return try ChatStore(path: "\(directory)/\(known[0])") }
        throw failure ?? ClientError.invalidAddress("")
    }

    /// A session from the first node that answers.
    func credentials() async throws -> Credentials {
        let password = try Password.find(givenPassword, prompt: "Password of \(user): ")
        var failure: ClientError?
        for node in nodes {
            let resources = NodeResources(node)
            do throws(ClientError) {
                return isNewAccount
                    ? try await resources.register(user.text, password: password)
                    : try await resources.logIn(user.text, password: password)
            } catch {
                switch error {
                case .unreachable, .timedOut, .connectionLost: failure = error
                case .refused(_, 409, _, _) where isNewAccount:
                    throw ChatFailure("\(user) has an account already: leave --register out to log in")
                case .refused(_, 401, _, _):
                    throw ChatFailure("wrong password, or no account of that name: --register makes one")
                case .refused, .malformedAnswer, .invalidAddress: throw error
                }
            }
        }
        throw failure ?? ClientError.invalidAddress("")
    }

    /// The cluster's UUID tells clusters apart that were at the same address one after the other.
    private func clusterName(_ node: NodeAddress) async throws -> String {
        struct Ring: Decodable {
            let cluster: String
        }
        let json = try await NodeResources(node).get("/admin/v1/ring")
        do {
            return try JSONDecoder().decode(Ring.self, from: Data(json)).cluster
        } catch {
            throw ClientError.malformedAnswer(url: node.description, reason: "its ring names no cluster")
        }
    }
}
