import HTTPTypes
import RoostNode
import RoostRing

/// Why an operator's request is not carried out: a code for programs and a sentence for people.
struct AdminRefusal: Error {
    let status: HTTPResponse.Status
    let code: String
    let text: String

    init(_ status: HTTPResponse.Status, _ code: String, _ text: String) {
        self.status = status
        self.code = code
        self.text = text
    }

    static func badRequest(_ text: String) -> AdminRefusal { AdminRefusal(.badRequest, "BAD_REQUEST", text) }

    static let noRing = AdminRefusal(.notFound, "NO_RING", "this node waits for a ring: run roost init")

    init(_ error: RingRequestError) {
        self =
            switch error {
            case .noRing: .noRing
            case .unknownNode(let name):
                AdminRefusal(.notFound, "NO_SUCH_NODE", "this node has not heard of a node called \(name)")
            case .notAMember(let name): AdminRefusal(.conflict, "NOT_A_MEMBER", "\(name) is no member of the ring")
            case .alreadyMember(let name): AdminRefusal(.conflict, "ALREADY_MEMBER", "\(name) is a member already")
            case .isDead(let name):
                AdminRefusal(
                    .conflict, "NODE_DEAD",
                    "\(name) does not answer: start it, or if it is a member and gone for good, forget it")
            case .isAlive(let name):
                AdminRefusal(
                    .conflict, "NODE_ALIVE",
                    "\(name) is not known to be dead: remove it; one that has just died is dead after some seconds")
            case .otherCluster(let name, let cluster):
                AdminRefusal(.conflict, "OTHER_CLUSTER", "\(name) belongs to cluster \(cluster)")
            case .wasRemoved(let name):
                AdminRefusal(
                    .conflict, "WAS_REMOVED", "\(name) was removed once: start it with an empty data directory")
            }
    }

    init(_ error: RingChangeError) {
        self =
            switch error {
            case .alreadyMember(let name): AdminRefusal(.conflict, "ALREADY_MEMBER", "\(name) is a member already")
            case .nameTaken(let name): AdminRefusal(.conflict, "NAME_TAKEN", "another member is called \(name)")
            case .notAMember(let node): AdminRefusal(.conflict, "NOT_A_MEMBER", "\(node) is no member of the ring")
            case .alreadyLeaving(let name): AdminRefusal(.conflict, "ALREADY_LEAVING", "\(name) is leaving already")
            case .wouldBeEmpty: AdminRefusal(.conflict, "WOULD_BE_EMPTY", "no member would be left")
            case .removedMeanwhile(let name):
                AdminRefusal(.conflict, "WAS_REMOVED", "\(name) was removed while this waited")
            case .nothingToAbort: AdminRefusal(.conflict, "NOTHING_TO_ABORT", "nobody is coming or leaving")
            case .nothingToChange: AdminRefusal(.conflict, "NOTHING_TO_CHANGE", "it is like that already")
            case .nothingLost:
                AdminRefusal(
                    .conflict, "NOTHING_LOST",
                    "every slot keeps a majority of its owners without them: forget them, nothing is lost")
            case .invalid(let error):
                AdminRefusal(.conflict, "IMPOSSIBLE", "the ring that would come of it breaks a rule: \(error)")
            }
    }
}
