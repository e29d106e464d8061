import RoostCore

/// What a device needs to connect: given once by `POST /v1/users` or `POST /v1/sessions`.
public struct Credentials: Codable, Equatable, Sendable {
    /// The name of the user.
    public let user: String
    /// The device that the token is for.
    public let device: DeviceID
    /// The bearer token.
    public let token: String

    private enum CodingKeys: String, CodingKey {
        case user, device, token
    }

    /// Makes credentials.
    public init(user: String, device: DeviceID, token: String) {
        self.user = user
        self.device = device
        self.token = token
    }

    /// Reads the JSON of the resources, where the device is a decimal text: 64 bits do not fit a JSON number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        user = try container.decode(String.self, forKey: .user)
        token = try container.decode(String.self, forKey: .token)
        let text = try container.decode(String.self, forKey: .device)
        guard let device = DeviceID(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .device, in: container, debugDescription: "“\(text)” is not a device id")
        }
        self.device = device
    }

    /// Writes the same JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(user, forKey: .user)
        try container.encode(String(device), forKey: .device)
        try container.encode(token, forKey: .token)
    }
}
