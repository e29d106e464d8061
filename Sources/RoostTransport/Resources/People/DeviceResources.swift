import HTTPTypes
import Hummingbird
import RoostCore
import RoostNode

/// `/v1/devices`: the devices of the caller.
struct DeviceResources: Sendable {
    let access: AccountAccess

    struct Device: Encodable {
        let device: String
        let name: String
        let addedAtMs: String
        /// Whether it is the one that asks.
        let current: Bool
    }

    struct Devices: ResponseEncodable {
        let devices: [Device]
    }

    struct NewName: Decodable {
        let name: String
    }

    /// `GET /v1/devices`
    func list(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let devices = caller.account.devices.map {
            Device(
                device: String($0.id), name: $0.name, addedAtMs: String($0.addedAtMilliseconds),
                current: $0.id == caller.device)
        }
        return try Devices(devices: devices).response(from: request, context: context)
    }

    /// `PATCH /v1/devices/{device}`
    func rename(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        let device = try DeviceResources.device(of: context)
        let body = try await RequestBody.decode(NewName.self, request, context)
        guard Profile.isShowable(body.name, bytesMax: Limits.deviceNameBytesMax) else {
            throw ResourceError.badDeviceName
        }
        try await access.change(caller.name, .renameDevice(device, body.name))
        return Response(status: .noContent)
    }

    /// `DELETE /v1/devices/{device}`
    func remove(_ request: Request, _ context: ResourceContext) async throws -> Response {
        let caller = try await access.caller(of: request)
        try await access.change(caller.name, .removeDevice(try DeviceResources.device(of: context)))
        return Response(status: .noContent)
    }

    private static func device(of context: ResourceContext) throws(ResourceError) -> DeviceID {
        guard let device = DeviceID(context.parameters.get("device") ?? "") else {
            throw .badRequest("device must be a decimal number")
        }
        return device
    }
}
