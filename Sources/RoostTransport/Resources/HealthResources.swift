import HTTPTypes
import Hummingbird
import NIOCore

/// `/livez`, `/readyz` and `/metrics`.
struct HealthResources: Sendable {
    let health: any HealthService

    struct Readiness: ResponseEncodable {
        let ready: Bool
        let reasons: [String]
    }

    /// `GET /livez`: the process answers.
    func live(_ request: Request, _ context: ResourceContext) async throws -> Response {
        text("ok\n")
    }

    /// `GET /readyz`: 503, with the reasons, while new clients should go elsewhere.
    func ready(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let reasons = await health.readiness()
        var response = try Readiness(ready: reasons.isEmpty, reasons: reasons).response(from: request, context: context)
        if !reasons.isEmpty { response.status = .serviceUnavailable }
        return response
    }

    /// `GET /metrics`
    func metrics(_ request: Request, _ context: ResourceContext) async throws -> Response {
        text(await health.metricsText(), contentType: "text/plain; version=0.0.4; charset=utf-8")
    }

    private func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
