import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoostCore
import RoostNode
import RoostTransport

/// The operators' resources. They are answered to this machine only: whoever can log in to it may run it.
struct AdminResources: Sendable {
    let control: ControlShell

    func add(to router: Router<ResourceContext>) {
        router.get("/admin/v1/status") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return AdminResources.json(await control.statuses().map(NodeStatusAnswer.init))
        }
        router.get("/admin/v1/ring") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            guard let record = await control.record() else {
                return AdminResources.refuse(.notFound, "NO_RING", "this node waits for a ring: run roost init")
            }
            return AdminResources.json(RingAnswer(record))
        }
        router.post("/admin/v1/init") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(InitRequest.self, from: request, context: context)
            guard (1...Limits.membersMax).contains(body.expect) else {
                return AdminResources.refuse(.badRequest, "BAD_REQUEST", "expect is 1 to \(Limits.membersMax)")
            }
            return AdminResources.answer(await control.initialize(expected: body.expect))
        }
    }

    private static func answer(_ answer: InitAnswer) -> Response {
        switch answer {
        case .made(let record):
            return json(RingAnswer(record))
        case .exists(let cluster, let epoch):
            return refuse(.conflict, "HAS_RING", "this node is in cluster \(cluster) already, at epoch \(epoch)")
        case .busy:
            return refuse(.conflict, "INIT_UNDER_WAY", "another init is under way on this node")
        case .tooFewNodes(let found, let expected):
            return refuse(
                .serviceUnavailable, "TOO_FEW_NODES",
                "\(found) of \(expected) nodes turned up: are the others started, with seeds that reach this one?")
        case .impossible(let error):
            return refuse(.conflict, "IMPOSSIBLE", "these nodes cannot make a ring: \(error)")
        }
    }

    private static let forbidden = refuse(
        .forbidden, "NOT_FROM_HERE", "operators' resources are answered to this machine only")

    private static func refuse(_ status: HTTPResponse.Status, _ code: String, _ text: String) -> Response {
        var response = json(["error": ["code": code, "text": text]])
        response.status = status
        return response
    }

    private static func json(_ value: some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            let body = ByteBuffer(bytes: try encoder.encode(value))
            return Response(
                status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: body))
        } catch {
            preconditionFailure("an answer of ours was not encodable as JSON: \(error)")
        }
    }
}
