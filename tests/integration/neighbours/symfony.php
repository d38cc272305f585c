<?php
// Uses a hub as an application with Symfony's Mercure component does: `symfony.php URL SECRET`. Reads commands as lines
// of JSON and answers each with one: {"publish":{…}} with the id of the update, {"cookie":[topics]} with the cookie that
// lets a browser subscribe to them.

declare(strict_types=1);

require_once 'Symfony/Component/Mercure/autoload.php';

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\Mercure\Authorization;
use Symfony\Component\Mercure\Hub;
use Symfony\Component\Mercure\HubRegistry;
use Symfony\Component\Mercure\Jwt\FactoryTokenProvider;
use Symfony\Component\Mercure\Jwt\TokenFactoryInterface;
use Symfony\Component\Mercure\Update;

/** Tokens as the component's own factory makes them. Debian has no package of the library that one needs. */
final class TokenFactory implements TokenFactoryInterface
{
    public function __construct(private string $secret)
    {
    }

    public function create(?array $subscribe = [], ?array $publish = [], array $additionalClaims = []): string
    {
        $expires = $additionalClaims['exp'] ?? new DateTimeImmutable('+1 hour');
        $rights = array_filter(['publish' => $publish, 'subscribe' => $subscribe], static fn ($list) => null !== $list);
        // The time has a fraction, as that library writes it.
        $claims = ['exp' => (float) $expires->format('U.u'), 'mercure' => $rights] + $additionalClaims;
        $signed = self::encode(json_encode(['typ' => 'JWT', 'alg' => 'HS256'])).'.'.self::encode(json_encode($claims));

        return $signed.'.'.self::encode(hash_hmac('sha256', $signed, $this->secret, true));
    }

    private static function encode(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}

[, $url, $secret] = $argv;
$factory = new TokenFactory($secret);
$hub = new Hub($url, new FactoryTokenProvider($factory, [], ['*']), $factory);
$authorization = new Authorization(new HubRegistry($hub));

while (false !== $line = fgets(STDIN)) {
    try {
        $command = json_decode($line, true, 16, JSON_THROW_ON_ERROR);
        if (isset($command['cookie'])) {
            $cookie = $authorization->createCookie(Request::create($url), $command['cookie']);
            $answer = ['name' => $cookie->getName(), 'value' => $cookie->getValue(), 'path' => $cookie->getPath()];
        } else {
            $answer = ['id' => $hub->publish(new Update(...$command['publish']))];
        }
    } catch (Throwable $failure) {
        $answer = ['failure' => (string) $failure];
    }
    echo json_encode($answer), "\n";
}
